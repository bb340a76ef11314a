"""The grocery chain of ../shared/data/hr_retail_bc as a staff file: its people get names, a store is a service."""

from __future__ import annotations

import csv
import io
import lzma
from itertools import cycle, product
from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
FOLDER = SHARED / "hr_retail_bc"

# Employed on 31 December, both ends of an employment included.
HEADCOUNTS = {
    2006: 4445, 2007: 4521, 2008: 4603, 2009: 4710, 2010: 4840,
    2011: 4972, 2012: 5101, 2013: 5215, 2014: 4962, 2015: 4799,
}  # fmt: skip

GIVEN = """Ariane Karim Sofia Jean Marie-Ève Owen Camille Thi-Mai Félix Léa Maxime Rosalie Wilner Luis Gabrielle Amine
Nadège Olivier Samuel Mateus Tuan Étienne Jocelyne Isabelle Simon Yasmine Nicolas Maria Philippe Daphné Audrey Megan
Rachid Chloé Nathalie Wideline Alexandre Fatima Kevin Carlos Stéphanie Minh Denis Mélissa Jacob Anaïs Benoît Marjorie
Hugo Inès Pedro Émile Zoé Noémie Wei Priya Arjun Harpreet Ji-woo Lucas Emma Liam Olivia Noah""".split()  # noqa: SIM905
FAMILY = """Gagnon Benali Lavoie Tremblay Roy Fraser O'Brien Nguyen Charbonneau D'Amours Bélanger Cyr Jean-Baptiste
Herrera Dufresne Cherkaoui Saint-Fleur Paquette Ouellet Ferreira Pham Boisvert Michaud Fontaine Lachance Haddad
Arsenault Medeiros Thériault Joseph Tran Lapointe Whitfield Ouazzani Bergeron Bouchard Gauthier Charles Morin Bensaïd
Lalonde Quintero Houle Lê Robitaille Côté Sauvé L'Écuyer Carrière Deschênes Trabelsi Almeida Singh Chen Kim Dhillon
Campbell MacDonald Wilson Martin Lee Gill Sandhu Wong Brown Smith Taylor Anderson Thompson White Young King Wright
Scott Green Baker Adams Nelson Hill Campeau Proulx Girard Simard Fortin Poirier Caron Leblanc Cloutier Dubé Parent
Rousseau Couture Desjardins Nadeau Landry Mercier""".split()  # noqa: SIM905

COLUMNS = (
    "numero", "prenom", "nom", "service", "nom_service", "departement", "date_naissance", "date_embauche", "date_fin",
)  # fmt: skip


def skip_if_absent(folder: Path) -> None:
    if not folder.is_dir():
        pytest.skip(f"NOT TESTED on real data: {folder.name} is not beside the project (../shared/data)")


def build_staff_file() -> bytes:
    skip_if_absent(FOLDER)
    names = cycle(product(FAMILY, GIVEN))
    written = io.StringIO()
    writer = csv.writer(written, delimiter=";", lineterminator="\r\n")
    writer.writerow(COLUMNS)
    with lzma.open(FOLDER / "employees.csv.xz", "rt", encoding="utf-8") as source:
        for row, (family, given) in zip(csv.DictReader(source), names, strict=False):
            store = f"{int(row['store']):02d}"
            writer.writerow(
                [
                    row["employee_id"],
                    given,
                    family,
                    f"store-{store}",
                    f"Store {store}",
                    row["department"],
                    row["birth_date"],
                    row["hire_date"],
                    row["termination_date"],
                ]
            )
    return ("\ufeff" + written.getvalue()).encode()

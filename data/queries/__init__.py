"""Everything that looks: frozen rows of named columns, one file per noun of a screen. A constant number of statements,
whatever the size."""

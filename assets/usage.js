/* The charts of the usage page: drawn in the colours of the theme, and kept as pictures. */
(function () {
  "use strict";
  const props = (id, values) => window.dash_clientside?.set_props?.(id, values);
  const TOKEN = /^token:([\w-]+)$/;

  /** A figure as the server describes it, with the theme's colours in place of their names. */
  function paint(value, style) {
    if (Array.isArray(value)) return value.map((each) => paint(each, style));
    if (value && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, paint(each, style)]));
    }
    const name = typeof value === "string" ? TOKEN.exec(value)?.[1] : null;
    return name ? style.getPropertyValue(`--${name}`).trim() : value;
  }

  const NARROW = matchMedia("(max-width: 600px)");

  /** On a phone the names of lines stand over their ends: beside them there is no room. */
  function fit(figure, plain) {
    if (!NARROW.matches) return figure;
    const layout = { ...figure.layout, xaxis: thin(figure.layout.xaxis) };
    if (layout.annotations) {
      layout.margin = { ...layout.margin, r: 20, t: 20 };
      layout.annotations = layout.annotations.map((each) => ({ ...each, xanchor: "right", xshift: 0, yshift: 10, bgcolor: plain, opacity: 0.85 }));
    }
    return { ...figure, layout };
  }

  /** The first, the last and the middle one. */
  function thin(axis) {
    const last = (axis.tickvals?.length ?? 0) - 1;
    if (last < 3) return axis;
    const kept = (_, at) => at === 0 || at === last || at === last / 2;
    return { ...axis, tickvals: axis.tickvals.filter(kept), ticktext: axis.ticktext.filter(kept) };
  }

  /** The theme changed, or this script came after the charts: they are drawn again. */
  function redraw() {
    if (document.querySelector(".usage-plot")) props("usage-theme", { data: Date.now() });
  }

  for (const change of [matchMedia("(prefers-color-scheme: dark)"), NARROW]) change.addEventListener("change", redraw);
  redraw();

  const PICTURE = { width: 1000, scale: 2 };
  const HEAD = 56; // above the chart, for its title

  /** What stands on the screen, with a title: a picture that is sent on has lost its page. */
  function savePicture(button) {
    const graph = button.closest(".usage-chart")?.querySelector(".js-plotly-plot");
    if (!graph?.layout) return;
    const style = getComputedStyle(document.documentElement);
    const { title, file } = button.dataset;
    const layout = {
      ...graph.layout,
      autosize: false,
      showlegend: graph.data.some((trace) => trace.name), // on the page, beside the chart
      legend: { orientation: "h", x: 0, y: 1, yanchor: "bottom" },
      paper_bgcolor: style.getPropertyValue("--card").trim(),
      margin: { ...graph.layout.margin, t: HEAD, l: Math.max(graph.layout.margin?.l ?? 0, 24) },
      title: { text: title, x: 0, xanchor: "left", xref: "paper", yref: "container", y: 1, yanchor: "top", pad: { t: 16 } },
    };
    const height = graph.clientHeight + HEAD;
    window.Plotly.downloadImage({ data: graph.data, layout }, { ...PICTURE, format: "png", filename: file, height });
  }

  const tag = (type, children, props = {}) => ({ type, namespace: "dash_html_components", props: { children, ...props } });
  const link = (children, href) => ({ type: "Link", namespace: "dash_core_components", props: { children, href } });

  function fill(cell) {
    if (typeof cell === "string") return cell;
    const words = tag("Span", cell.words, { dir: "auto", title: cell.why });
    return [
      cell.href ? link(words, cell.href) : words,
      cell.mark && tag("Span", cell.mark[0], { className: `tag ${cell.mark[1]}` }),
      cell.below && tag("Span", cell.below, { className: "meta change" }),
    ].filter(Boolean);
  }

  /** A table as the server describes it, as Dash draws it. */
  function tabulate({ caption, head, rows, kind }, isFolded = false) {
    const row = (cells) => tag("Tr", cells, { role: "row" });
    const cell = (content, [, className, said]) => tag("Td", fill(content), { role: "cell", className, "data-said": said || undefined });
    const parts = [
      tag("Caption", caption, { className: "hidden-text" }),
      tag("Thead", row(head.map(([words, className]) => tag("Th", words, { scope: "col", role: "columnheader", className }))), { role: "rowgroup" }),
      tag("Tbody", rows.map((each) => row(each.map((words, at) => cell(words, head[at])))), { role: "rowgroup" }),
    ];
    // Behind a chart it scrolls within its card: by key, too.
    const region = isFolded ? { tabIndex: "0", role: "region", "aria-label": caption } : {};
    return tag("Div", tag("Table", parts, { className: `plain-table ${kind}`, role: "table" }), { className: "table-box", ...region });
  }

  /** A definition stands over the page until one looks elsewhere. */
  function closeDefinitions(kept) {
    for (const open of document.querySelectorAll(".definition[open], .usage-other[open]")) if (open !== kept) open.open = false;
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-file]");
    if (button) savePicture(button);
    closeDefinitions(event.target.closest("details"));
  });
  document.addEventListener("keydown", (event) => {
    const open = event.key === "Escape" && event.target.closest(".definition[open], .usage-other[open]");
    if (!open) return;
    closeDefinitions(null);
    open.querySelector("summary").focus();
  });

  /** Another service, or two dates: the address, from which the page is read. */
  function search(place, changes) {
    const given = Object.entries({ ...place, ...changes }).filter(([, value]) => value);
    return given.length ? `?${new URLSearchParams(given)}` : "";
  }

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    usage: {
      choose(service, clicks, from, to, place) {
        const [changed] = window.dash_clientside.callback_context.triggered;
        if (!changed || (changed.prop_id.startsWith("usage-show") && !clicks)) return window.dash_clientside.no_update;
        if (changed.prop_id.startsWith("usage-show")) return search({ service: place.service }, { from, to });
        const chosen = Number(service) || null;
        // A page that has just been drawn calls too: by then somebody may have gone back already.
        if (chosen === (Number(place.service) || null)) return window.dash_clientside.no_update;
        return search(place, { service: chosen });
      },
      list: (table) => tabulate(table),
      draw(chart) {
        const style = getComputedStyle(document.documentElement);
        return [fit(paint(chart.figure, style), style.getPropertyValue("--card").trim()), tabulate(chart.table, true)];
      },
    },
  });
})();

/* Words, hours and days in the person's language and the organization's zone. The texts come with the page. */
(function () {
  "use strict";
  const Chat = (window.Chat = window.Chat || {});

  let texts = {};
  let language = "fr";
  let formats = {};

  function load(config) {
    texts = config.texts;
    language = config.language;
    const locale = language + "-CA";
    const zone = { timeZone: config.timezone };
    const format = (options) => () => new Intl.DateTimeFormat(locale, { ...zone, ...options });
    formats = whenNeeded({
      day: () => new Intl.DateTimeFormat("en-CA", { ...zone, year: "numeric", month: "2-digit", day: "2-digit" }),
      time: language === "fr"
        ? () => new Intl.DateTimeFormat("fr-FR", { ...zone, hour: "2-digit", minute: "2-digit", hour12: false })
        : format({ hour: "numeric", minute: "2-digit" }),
      weekday: format({ weekday: "long" }),
      long: format({ weekday: "long", day: "numeric", month: "long" }),
      longYear: format({ weekday: "long", day: "numeric", month: "long", year: "numeric" }),
      short: format({ day: "numeric", month: "short" }),
      shortYear: format({ day: "numeric", month: "short", year: "numeric" }),
      number: () => new Intl.NumberFormat(locale),
      list: () => new Intl.ListFormat(locale),
    });
  }

  /** Each made once, and not before: a slow phone takes some milliseconds for one. */
  function whenNeeded(makers) {
    const made = {};
    for (const [name, make] of Object.entries(makers)) {
      const keep = () => {
        const value = make();
        Object.defineProperty(made, name, { value });
        return value;
      };
      Object.defineProperty(made, name, { get: keep, configurable: true });
    }
    return made;
  }

  function fill(text, values) {
    return values ? text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole)) : text;
  }

  function t(text, values) {
    return fill(texts[text] ?? text, values);
  }

  function plural(one, many, n, values) {
    const forms = texts[one] ?? [one, many];
    const isOne = language === "fr" ? n < 2 : n === 1;
    return fill(forms[isOne ? 0 : 1], { n: formats.number.format(n), ...values });
  }

  /** The local day of an instant, "2026-11-23": what day separators compare. */
  const dayKey = (ms) => formats.day.format(ms);
  const time = (ms) => formats.time.format(ms);

  function daysAgo(ms, now) {
    return Math.round((Date.parse(dayKey(now)) - Date.parse(dayKey(ms))) / 86400000);
  }

  /** Above the first message of a day. */
  function day(ms, now = Date.now()) {
    const ago = daysAgo(ms, now);
    if (ago === 0) return t("Today");
    if (ago === 1) return t("Yesterday");
    return ordinal((dayKey(ms).slice(0, 4) === dayKey(now).slice(0, 4) ? formats.long : formats.longYear).format(ms));
  }

  /** The first of a month, in French: "1er". */
  const ordinal = (text) => (language === "fr" ? text.replace(/(^|\s)1 (?=\p{L})/u, (_, before) => `${before}1er `) : text);

  /** In the list: the hour today, then the day. */
  function when(ms, now = Date.now()) {
    const ago = daysAgo(ms, now);
    if (ago <= 0) return time(ms);
    if (ago === 1) return t("yesterday");
    if (ago < 7) return formats.weekday.format(ms);
    return ordinal((dayKey(ms).slice(0, 4) === dayKey(now).slice(0, 4) ? formats.short : formats.shortYear).format(ms));
  }

  /** "99+" beyond: nobody counts further. */
  const badge = (n) => (n > 99 ? "99+" : n > 0 ? String(n) : "");

  const list = (names) => formats.list.format(names);

  Chat.words = { load, t, plural, time, day, dayKey, when, badge, list };
})();

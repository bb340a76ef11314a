/* What a page looks like, as the person's eyes get it: contrast worked out from computed colours, what sticks out of the
   screen, what moves, and the words on it. Evaluates to an object of functions. */
(() => {
  /** "rgb(…)", "rgba(…)" or "color(srgb …)" as [red, green, blue, alpha], each 0 to 1. */
  function parse(colour) {
    const numbers = (colour.match(/-?[\d.]+(?:e-?\d+)?%?/g) ?? []).map((part) => parseFloat(part) / (part.endsWith("%") ? 100 : 1));
    if (colour.startsWith("rgb")) return [numbers[0] / 255, numbers[1] / 255, numbers[2] / 255, numbers[3] ?? 1];
    if (colour.startsWith("color(srgb")) return [numbers[0], numbers[1], numbers[2], numbers[3] ?? 1];
    throw new Error(`a colour that cannot be read: ${colour}`);
  }

  const over = (top, under) => top.slice(0, 3).map((part, at) => part * top[3] + under[at] * (1 - top[3])).concat(1);

  function luminance([red, green, blue]) {
    const [r, g, b] = [red, green, blue].map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  }

  function contrast(one, other) {
    const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  }

  /** What lies under an element, up to the canvas. */
  function backgroundOf(element) {
    const layers = [];
    for (let at = element; at; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      layers.push(colour);
      if (colour[3] === 1) break;
    }
    const canvas = matchMedia("(prefers-color-scheme: dark)").matches ? [0, 0, 0, 1] : [1, 1, 1, 1];
    return layers.reverse().reduce((under, layer) => over(layer, under), canvas);
  }

  function opacityOf(element) {
    let opacity = 1;
    for (let at = element; at; at = at.parentElement) opacity *= parseFloat(getComputedStyle(at).opacity);
    return opacity;
  }

  function isShown(element) {
    if (!element.checkVisibility({ visibilityProperty: true, contentVisibilityAuto: false })) return false;
    const { width, height } = element.getBoundingClientRect();
    if (width < 2 || height < 2) return false;
    for (let at = element; at; at = at.parentElement) if (getComputedStyle(at).clipPath === "inset(50%)") return false;
    return true;
  }

  const isInactive = (element) => element.closest(":disabled, [aria-disabled=true]") !== null;

  /** What stands out is in front of everything: nothing behind an open dialog is looked at. */
  function* listTexts() {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      if (node.data.trim() && !node.parentElement.closest("script, style")) yield [node.data.trim(), node.parentElement];
    }
  }

  const describe = (element) => {
    const name = element.id ? `#${element.id}` : `.${[...element.classList].join(".")}`;
    return `${element.tagName.toLowerCase()}${name}`;
  };

  function judge(element, colour, least, what) {
    const under = backgroundOf(element);
    const painted = parse(colour);
    const ratio = contrast(over([...painted.slice(0, 3), painted[3] * opacityOf(element)], under), under);
    return ratio < least - 0.005 ? [`${ratio.toFixed(2)} < ${least}: ${describe(element)} ${what}`] : [];
  }

  /** 4.5 for text (3 for large), placeholders too; 3 for the edges of fields and for icons. */
  function findFaint() {
    const found = [];
    for (const [text, element] of listTexts()) {
      if (!isShown(element) || isInactive(element)) continue;
      const style = getComputedStyle(element);
      const size = parseFloat(style.fontSize);
      const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
      found.push(...judge(element, style.color, isLarge ? 3 : 4.5, `“${text.slice(0, 40)}”`));
    }
    for (const field of document.querySelectorAll("input, textarea, select")) {
      if (!isShown(field) || isInactive(field)) continue;
      const style = getComputedStyle(field);
      if (!["checkbox", "radio", "file"].includes(field.type)) found.push(...judge(field, style.color, 4.5, "its text"));
      if (field.placeholder && !field.value) found.push(...judge(field, getComputedStyle(field, "::placeholder").color, 4.5, "its placeholder"));
    }
    for (const field of document.querySelectorAll("input, textarea, select, .composer-box, .upload")) {
      const style = getComputedStyle(field);
      if (!isShown(field) || isInactive(field) || field.checked || field.type === "file" || parseFloat(style.borderTopWidth) === 0) continue;
      found.push(...judge(field.parentElement, style.borderTopColor, 3, `the edge of ${describe(field)}`));
    }
    for (const icon of document.querySelectorAll(".icon")) {
      if (isShown(icon) && !isInactive(icon) && opacityOf(icon) > 0) {
        found.push(...judge(icon.parentElement, getComputedStyle(icon).backgroundColor, 3, `the icon ${icon.className}`));
      }
    }
    return [...new Set(found)];
  }

  /** What a person would have to scroll sideways for. */
  function findWide() {
    const found = [];
    const root = document.documentElement;
    if (root.scrollWidth > innerWidth) found.push(`the page is ${root.scrollWidth} px wide`);
    for (const element of document.querySelectorAll("body *")) {
      const { overflowX } = getComputedStyle(element);
      if (["auto", "scroll"].includes(overflowX) && element.scrollWidth > element.clientWidth + 1 && isShown(element)) {
        found.push(`${describe(element)} scrolls sideways, ${element.scrollWidth} in ${element.clientWidth} px`);
      }
    }
    for (const [text, element] of listTexts()) {
      if (!isShown(element)) continue;
      const { left, right } = element.getBoundingClientRect();
      if (left < -1 || right > innerWidth + 1) found.push(`${describe(element)} sticks out: “${text.slice(0, 40)}”`);
    }
    return found;
  }

  /** What takes longer than that many seconds to change; what only waits (a skeleton) may breathe. */
  function findMoving(longest = 0) {
    const found = [];
    const last = (durations) => Math.max(...durations.split(",").map(parseFloat));
    for (const element of document.querySelectorAll("*")) {
      for (const part of [null, "::before", "::after"]) {
        const style = getComputedStyle(element, part);
        const isAnimated = style.animationName !== "none" && (longest === 0 || style.animationIterationCount !== "infinite");
        const seconds = Math.max(last(style.transitionDuration), isAnimated ? last(style.animationDuration) : 0);
        if (seconds > longest) found.push(`${describe(element)} ${seconds} s`);
      }
    }
    return [...new Set(found)];
  }

  /** Everything said, aloud or in writing, with the language that it is said to be in. */
  function listWords() {
    const said = [];
    const add = (text, element) => said.push([text.replace(/[ \t\n\r]+/g, " ").trim(), element.closest("[lang]").lang]);
    // Names of columns and formats are the same in both.
    for (const [text, element] of listTexts()) if (!element.closest("code")) add(text, element);
    for (const name of ["aria-label", "title", "placeholder", "alt"]) {
      for (const element of document.querySelectorAll(`[${name}]`)) add(element.getAttribute(name), element);
    }
    add(document.title, document.documentElement);
    return said.filter(([text]) => text);
  }

  return { findFaint, findWide, findMoving, listWords };
})()

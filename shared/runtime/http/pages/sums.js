// Says beside the figures of a form whether they add up, while they are typed. The server refuses what does not.
"use strict";
for (const form of document.querySelectorAll("form[data-sums]")) {
  const number = (name) => {
    const field = form.elements.namedItem(name);
    return field && /^\d{1,4}$/.test(field.value.trim()) ? Number(field.value.trim()) : field && field.value.trim() ? NaN : 0;
  };
  const total = (names) => names.split(" ").filter(Boolean).map(number).reduce((one, other) => one + other, 0);
  const typed = (names) => names.split(" ").some((name) => form.elements.namedItem(name).value.trim());
  const show = () => {
    for (const output of form.querySelectorAll("output[data-of]")) {
      const { of, to, less, right, wrong } = output.dataset;
      const sum = total(of), whole = total(to), must = less === undefined ? sum === whole : sum <= whole;
      const words = typed(of) ? (must ? right : wrong) : "";
      const filled = words.replace(/\{(\d)\}/g, (_, n) => number(of.split(" ")[n]) || 0)
        .replace("{=}", sum).replace("{!}", whole);
      if (output.value !== filled) output.value = filled;
      output.classList.toggle("problem", Boolean(words) && !must);
    }
  };
  form.addEventListener("input", show);
  show();
}

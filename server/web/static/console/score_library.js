/* The sum of a scheme's weights while they are typed, in whole hundredths: the same sum the server judges. */
"use strict";
(() => {
  const form = document.querySelector("[data-weights]");
  const line = form?.querySelector("[data-sum]");
  if (!line) return;
  const hundredths = (text) => {
    const found = text.trim().match(/^(\d{1,3})(?:\.(\d{1,2}))?$/);
    return found ? Number(found[1]) * 100 + Number((found[2] || "").padEnd(2, "0")) : 0;
  };
  const said = (n) => (n / 100).toFixed(2).replace(/\.?0+$/, "");
  const show = () => {
    const total = [...form.querySelectorAll("[data-weight]")].reduce((sum, one) => sum + hundredths(one.value), 0);
    const left = 10000 - total;
    line.querySelector("[data-total]").textContent = said(total);
    line.querySelector("[data-said]").textContent =
      left === 0 ? line.dataset.whole : (left > 0 ? line.dataset.short : line.dataset.over).replace("{n}", said(Math.abs(left)));
    line.classList.toggle("whole", left === 0);
    line.classList.toggle("over", left < 0);
  };
  form.addEventListener("input", show);
  show();
})();

// An equation wider than its column scrolls in its own box. While it does, and only then, the keyboard must be
// able to reach the box.

const watcher = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    if (target.scrollWidth > target.clientWidth) {
      target.tabIndex = 0;
      target.setAttribute("role", "group");
      target.setAttribute("aria-label", "Equation, scrolls sideways");
    } else {
      for (const attribute of ["tabindex", "role", "aria-label"]) target.removeAttribute(attribute);
    }
  }
});
for (const equation of document.querySelectorAll(".lm-equation")) watcher.observe(equation);

// Brings the labs of a page to life. A host is an element that the build wrote (largemodels/book/labs.py):
//
//     <div class="lm-lab-host" id="DescentLab" data-source="descent_lab-0f3a….js" data-model="…">
//       <script type="application/json">{"learning_rate": 0.1, …}</script>
//       <div class="lm-lab-fallback">…what stands here until the lab runs…</div>
//     </div>
//
// When a host comes near the screen, its source is fetched as a classic script, which also works from disk,
// and the module in it is imported from a blob and asked to render into the host as anywidget would ask.

(() => {
  "use strict";

  const LABS = new URL("../labs/", document.currentScript.src);
  const sources = (window.largemodelsLabs = {}); // file name -> [module text, style text], filled by the sources
  const modules = new Map(); // file name -> promise of the module
  const models = new Map(); // widget id -> {model, stored}: views of one widget share its model

  function makeModel(state) {
    const listeners = new Map();
    const tell = (event, value) => [...(listeners.get(event) ?? [])].forEach((listener) => listener(model, value));
    const model = {
      get: (name) => state[name],
      set(name, value) {
        if (JSON.stringify(state[name]) === JSON.stringify(value)) return;
        state[name] = value;
        tell(`change:${name}`, value);
        tell("change");
      },
      save_changes() {}, // to a kernel, of which there is none
      on(event, listener) {
        if (!listeners.has(event)) listeners.set(event, new Set());
        listeners.get(event).add(listener);
      },
      off(event, listener) {
        if (listener) listeners.get(event)?.delete(listener);
        else if (event) listeners.delete(event);
        else listeners.clear();
      },
    };
    return model;
  }

  function loadModule(name) {
    if (!modules.has(name)) modules.set(name, importModule(name));
    return modules.get(name);
  }

  async function importModule(name) {
    const script = document.createElement("script");
    script.src = new URL(name, LABS);
    await new Promise((resolve, reject) => {
      script.onload = resolve;
      script.onerror = () => reject(new Error(`${script.src} could not be loaded.`));
      document.head.append(script);
    });
    const [module, style] = sources[name];
    document.head.append(Object.assign(document.createElement("style"), { textContent: style }));
    const url = URL.createObjectURL(new Blob([module], { type: "text/javascript" }));
    try {
      return await import(url);
    } finally {
      URL.revokeObjectURL(url);
    }
  }

  // "#DescentLab?learning_rate=0.45" asks for the lab DescentLab with that setting.
  function readAddress() {
    const [name, query = ""] = location.hash.slice(1).split("?");
    return { name, settings: Object.fromEntries(new URLSearchParams(query)) };
  }

  const storage = {
    get(key) {
      try {
        return localStorage.getItem(key);
      } catch {
        return null; // private windows and some pages from disk have no storage
      }
    },
    set(key, value) {
      try {
        localStorage.setItem(key, value);
      } catch {
        // as above: the page works without memory
      }
    },
  };

  class Host {
    constructor(place) {
      this.place = place;
      this.fallback = place.querySelector(".lm-lab-fallback");
      const stored = JSON.parse(place.querySelector("script").textContent);
      const id = place.dataset.model;
      if (!models.has(id)) models.set(id, { model: makeModel({ ...stored }), stored });
      Object.assign(this, models.get(id));
    }

    // Show the lab, with the settings that the address asks for, if any, over the stored ones.
    async show(initial = {}) {
      this.hide();
      for (const [name, value] of Object.entries(this.stored)) this.model.set(name, value);
      const view = (this.view = document.createElement("div"));
      this.fallback.hidden = true;
      this.place.append(view);
      try {
        const module = await loadModule(this.place.dataset.source);
        if (this.view !== view) return; // asked again meanwhile
        this.end = await module.default.render({ model: this.model, el: view, site: this.site(initial) });
      } catch (error) {
        this.hide();
        this.fallback.hidden = false;
        const message = document.createElement("p");
        message.className = "lm-lab-error";
        message.setAttribute("role", "alert");
        message.textContent = `This lab could not start. ${error.message}`;
        this.view = message;
        this.place.prepend(message);
        console.error(error);
      }
    }

    hide() {
      this.end?.();
      this.end = undefined;
      this.view?.remove();
    }

    site(initial) {
      const name = this.place.id;
      const page = location.href.split("#")[0];
      return { name, initial, storage, link: (settings) => `${page}#${name}?${new URLSearchParams(settings)}` };
    }
  }

  const hosts = new Map([...document.querySelectorAll(".lm-lab-host")].map((place) => [place.id, new Host(place)]));

  async function followAddress() {
    const { name, settings } = readAddress();
    const host = hosts.get(name);
    if (!host) return;
    nearby.unobserve(host.place);
    host.place.scrollIntoView();
    if (!host.end || Object.keys(settings).length) await host.show(settings);
    host.place.scrollIntoView();
  }

  const nearby = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue;
        nearby.unobserve(target);
        hosts.get(target.id).show();
      }
    },
    { rootMargin: "200% 0px" }, // two screens ahead
  );
  for (const { place } of hosts.values()) nearby.observe(place);
  addEventListener("hashchange", followAddress);
  followAddress();
})();

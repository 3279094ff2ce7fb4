/* Maps: a store's fence with the punches around it, and the editor in which a fence is drawn or typed.
   There are no tiles unless a source is set: the drawing is to scale on a grid, which is enough to judge a distance by. */
"use strict";
(() => {
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const HOME = [31.2304, 121.4737];
  const toLatLng = ([lat, lng]) => [lat / 1e7, lng / 1e7];

  const makeMap = (box, words) => {
    const map = L.map(box, { zoomControl: true, attributionControl: true, keyboard: true, scrollWheelZoom: false, maxZoom: 21 });
    map.attributionControl.setPrefix(false);
    if (box.dataset.tiles) {
      box.classList.add("tiled");
      L.tileLayer(box.dataset.tiles, { maxZoom: 21, maxNativeZoom: 19 }).addTo(map);
    }
    L.control.scale({ imperial: false, maxWidth: 140 }).addTo(map);
    map.zoomControl.getContainer().querySelector(".leaflet-control-zoom-in").title = words.zoomIn;
    map.zoomControl.getContainer().querySelector(".leaflet-control-zoom-out").title = words.zoomOut;
    map.zoomControl.getContainer().querySelectorAll("a").forEach((link) => link.setAttribute("aria-label", link.title));
    box.addEventListener("focusin", () => map.scrollWheelZoom.enable());
    box.addEventListener("focusout", () => map.scrollWheelZoom.disable());
    return map;
  };
  const fenceLayer = (fence, options = {}) => {
    const style = { color: colour("--brand"), weight: 2.5, fillColor: colour("--brand"), fillOpacity: 0.14, interactive: false, ...options };
    return fence.points ? L.polygon(fence.points.map(toLatLng), style) : L.circle(toLatLng(fence.center), { ...style, radius: fence.radius_m });
  };

  const view = (box) => {
    const facts = JSON.parse(box.dataset.map);
    const map = makeMap(box, facts.words);
    const drawn = L.featureGroup();
    (facts.fences || []).forEach((fence) => fenceLayer(fence).addTo(drawn));
    const tones = { green: "--good", ask: "--late", review: "--bad" };
    (facts.punches || []).forEach((punch) => {
      const tone = colour(tones[punch.verdict] || "--ink-3");
      if (punch.accuracy_m && !punch.faint) L.circle(toLatLng(punch.at), { radius: punch.accuracy_m, color: tone, weight: 1, dashArray: "4 4", fillColor: tone, fillOpacity: 0.08, interactive: false }).addTo(drawn);
      const dot = L.circleMarker(toLatLng(punch.at), { radius: punch.faint ? 4 : 6, opacity: punch.faint ? 0.6 : 1, color: colour("--card"), weight: 2, fillColor: tone, fillOpacity: 1 }).addTo(drawn);
      const label = document.createElement("span");
      label.textContent = punch.label;
      dot.bindTooltip(label);
    });
    // a circle knows its bounds only on a map that has a view
    const first = facts.fences?.[0]?.center || facts.fences?.[0]?.points?.[0] || facts.punches?.[0]?.at;
    map.setView(first ? toLatLng(first) : HOME, first ? 16 : 4, { animate: false });
    drawn.addTo(map);
    if (first) map.fitBounds(drawn.getBounds().pad(0.15), { maxZoom: 19, animate: false });
  };

  // -- the editor -----------------------------------------------------------------------------------------------------
  const editor = (box) => {
    const form = box.closest("form");
    const facts = JSON.parse(box.dataset.map);
    const map = makeMap(box, facts.words);
    const lat = form.elements.lat, lng = form.elements.lng, radius = form.elements.radius_m, corners = form.elements.points;
    const slider = form.querySelector("[data-radius]");
    const shape = () => form.querySelector("[name=shape]:checked").value;
    const layer = L.layerGroup().addTo(map);
    const handle = (at, name, extra = "") => L.marker(at, {
      draggable: true, keyboard: true, title: name, alt: name,
      icon: L.divIcon({ className: `handle ${extra}`, iconSize: [18, 18] }),
    });
    const readPoint = () => {
      const at = [Number.parseFloat(lat.value), Number.parseFloat(lng.value)];
      return at.every(Number.isFinite) && Math.abs(at[0]) <= 90 && Math.abs(at[1]) <= 180 ? at : null;
    };
    const readCorners = () => corners.value.split(/\n+/).map((line) => line.split(/[,;\s]+/).filter(Boolean).map(Number.parseFloat))
      .filter((pair) => pair.length >= 2 && pair.every(Number.isFinite) && Math.abs(pair[0]) <= 90 && Math.abs(pair[1]) <= 180).map(([a, b]) => [a, b]);
    const write = (points) => { corners.value = points.map(([a, b]) => `${a.toFixed(6)}, ${b.toFixed(6)}`).join("\n"); };
    const east = (at, metres) => L.latLng(at[0], at[1] + metres / (111320 * Math.cos(at[0] * Math.PI / 180)));
    let asked = 0;
    const ask = () => {
      // the server says where this is in WGS-84 and whether it can be a fence: one judge, not a second one here
      clearTimeout(asked);
      asked = setTimeout(() => document.querySelector("#true-place").dispatchEvent(new Event("outpost:moved")), 250);
    };
    const drawCircle = () => {
      const at = readPoint();
      if (!at) return;
      const size = Math.max(1, Number.parseInt(radius.value, 10) || 1);
      const circle = L.circle(at, { radius: size, color: colour("--brand"), weight: 2.5, fillColor: colour("--brand"), fillOpacity: 0.14, interactive: false }).addTo(layer);
      const middle = handle(at, facts.words.middle).addTo(layer);
      const edge = handle(east(at, size), facts.words.edge, "middle").addTo(layer);
      middle.on("drag", (event) => {
        const to = event.target.getLatLng();
        lat.value = to.lat.toFixed(6); lng.value = to.lng.toFixed(6);
        circle.setLatLng(to); edge.setLatLng(east([to.lat, to.lng], size));
      });
      edge.on("drag", (event) => {
        const now = Math.max(20, Math.min(5000, Math.round(map.distance(circle.getLatLng(), event.target.getLatLng()))));
        radius.value = String(now); if (slider) slider.value = String(now); circle.setRadius(now);
      });
      middle.on("dragend", () => { draw(); ask(); });
      edge.on("dragend", () => { draw(); ask(); });
    };
    const drawPolygon = () => {
      const points = readCorners();
      const style = { color: colour("--brand"), weight: 2.5, fillColor: colour("--brand"), fillOpacity: 0.14, interactive: false };
      const outline = L.polygon(points, style).addTo(layer);
      points.forEach((point, n) => {
        const corner = handle(point, facts.words.corner.replace("{n}", n + 1)).addTo(layer);
        corner.on("drag", (event) => { const to = event.target.getLatLng(); points[n] = [to.lat, to.lng]; outline.setLatLngs(points); write(points); });
        corner.on("dragend", () => { draw(); ask(); });
        corner.on("dblclick", (event) => { L.DomEvent.stop(event); points.splice(n, 1); write(points); draw(); ask(); });
        corner.on("keydown", (event) => { if (event.originalEvent.key === "Delete") { points.splice(n, 1); write(points); draw(); ask(); } });
      });
    };
    const draw = () => { layer.clearLayers(); (shape() === "circle" ? drawCircle : drawPolygon)(); };
    const fit = () => {
      const points = shape() === "circle" ? (readPoint() ? [readPoint()] : []) : readCorners();
      if (!points.length) { map.setView(HOME, 4, { animate: false }); return; }
      const size = shape() === "circle" ? Number.parseInt(radius.value, 10) || 100 : 0;
      const bounds = size ? L.latLng(points[0]).toBounds(size * 2.6) : L.latLngBounds(points).pad(0.4);
      map.fitBounds(bounds, { maxZoom: 19, animate: false });
    };
    map.on("click", (event) => {
      if (shape() === "circle") { lat.value = event.latlng.lat.toFixed(6); lng.value = event.latlng.lng.toFixed(6); }
      else { const points = readCorners(); points.push([event.latlng.lat, event.latlng.lng]); write(points); }
      draw(); ask();
    });
    [lat, lng, radius, corners].forEach((input) => input.addEventListener("input", () => { if (input === radius && slider) slider.value = radius.value; draw(); ask(); }));
    [lat, lng].forEach((input) => input.addEventListener("change", fit));
    slider?.addEventListener("input", () => { radius.value = slider.value; draw(); ask(); });
    form.querySelectorAll("[name=shape]").forEach((radio) => radio.addEventListener("change", () => {
      if (shape() === "polygon" && !readCorners().length && readPoint()) {
        // begin with a square around what the circle covered
        const at = readPoint(), size = Number.parseInt(radius.value, 10) || 100;
        const up = size / 111320, side = size / (111320 * Math.cos(at[0] * Math.PI / 180));
        write([[at[0] + up, at[1] - side], [at[0] + up, at[1] + side], [at[0] - up, at[1] + side], [at[0] - up, at[1] - side]]);
      }
      fit(); draw(); ask();
    }));
    form.querySelectorAll("[name=datum]").forEach((choice) => choice.addEventListener("change", ask));
    form.querySelector("[data-fit]")?.addEventListener("click", fit);
    fit(); draw();

    // the true place, when the map the numbers came from shows another: drawn dashed beside what was entered
    const truth = L.layerGroup().addTo(map);
    let shownFor = "";
    document.addEventListener("htmx:after:swap", () => {
      truth.clearLayers();
      const told = document.querySelector("#true-place [data-true]");
      const moved = Boolean(told?.dataset.moved);
      document.querySelector("[data-legend-true]").hidden = !moved;
      if (!moved) return;
      const drawn = fenceLayer(JSON.parse(told.dataset.true), { color: colour("--late"), fillColor: colour("--late"), fillOpacity: 0.06, dashArray: "6 5" }).addTo(truth);
      const datum = form.querySelector("[name=datum]:checked")?.value;
      if (datum === shownFor) return;
      shownFor = datum; // once for each choice: both in sight, so that the shift is seen
      const both = drawn.getBounds();
      layer.eachLayer((one) => both.extend(one.getBounds ? one.getBounds() : one.getLatLng()));
      map.fitBounds(both.pad(0.1), { animate: false });
    });
    // a pair pasted into one box is two numbers
    lat.addEventListener("paste", (event) => {
      const pair = event.clipboardData.getData("text").trim().split(/[,，;\s]+/).filter(Boolean);
      if (pair.length === 2 && pair.every((part) => Number.isFinite(Number(part)))) {
        event.preventDefault();
        [lat.value, lng.value] = pair;
        draw(); fit(); ask();
      }
    });
    // htmx takes its elements over when the document is ready; the first question waits for it
    if (document.querySelector("#true-place").hasAttribute("data-htmx-powered")) ask();
    else document.addEventListener("htmx:after:init", ask, { once: true });
  };

  document.querySelectorAll("[data-map]").forEach((box) => (box.hasAttribute("data-editor") ? editor(box) : view(box)));
})();

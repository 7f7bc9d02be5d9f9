"use strict";
// The households of the list as signs on a map of tiles. What a sign says is its line of the list, no more.

const place = document.getElementById("tiles");
const drawing = document.querySelector("svg.village");
const homes = [...document.querySelectorAll("li[data-latitude]")];
place.hidden = false;
drawing.setAttribute("hidden", "");

const map = L.map(place, { attributionControl: false });
// Whose server it is has to be told; which page of it is nobody's business.
L.tileLayer(place.dataset.tiles, { maxZoom: 19, referrerPolicy: "origin" }).addTo(map);
const points = homes.map((home) => [Number(home.dataset.latitude), Number(home.dataset.longitude)]);
// Those that need most come first in the list, and lie on top.
homes.forEach((home, number) => {
  const sign = document.createElement("b");
  sign.className = home.className;
  sign.textContent = home.querySelector("i").textContent;
  const words = document.createElement("p");
  words.append(...[...home.childNodes].map((one) => one.cloneNode(true)));
  const icon = L.divIcon({ className: "sign", html: sign, iconSize: [44, 44] });
  const options = { icon, title: home.querySelector("a").textContent, zIndexOffset: 1000 * (homes.length - number) };
  L.marker(points[number], options).addTo(map).bindPopup(words);
});
map.fitBounds(points, { maxZoom: 17, padding: [30, 30] });

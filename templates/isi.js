// Fills in a form with the form engine. What it is given stands in the page (server/entry/filling.py); its words too.
import { createApp, h } from "vue";
import { OdkWebForm, webFormsPlugin } from "./index.js";

const place = document.getElementById("formulir");
const given = JSON.parse(place.dataset.given);
const parts = Object.fromEntries(
  ["memuat", "mengirim", "gagal", "selesai"].map((name) => [name, document.getElementById(name)]),
);
const again = document.getElementById("kirim-lagi");
const back = document.getElementById("kembali");
let token = place.dataset.token;
let touched = false; // something was filled in that is not sent yet

function show(name) {
  for (const [other, part] of Object.entries(parts)) if (part) part.hidden = other !== name;
  place.hidden = name !== null;
  if (name) parts[name].scrollIntoView({ block: "center" });
}

function bytesOf(file) {
  if ("text" in file) return file.text;
  return Uint8Array.from(atob(file.base64), (character) => character.charCodeAt(0));
}

async function fetchFormAttachment(address) {
  const file = given.files[decodeURIComponent(address.href.split("/").pop())];
  if (!file) return new Response("", { status: 404 });
  return new Response(bytesOf(file), { headers: { "Content-Type": file.type } });
}

const editInstance = given.correction && {
  resolveInstance: () => given.correction.xml,
  attachmentFileNames: Object.keys(given.correction.files),
  resolveAttachment: (name) => fetch(given.correction.files[name]),
};

async function post(data) {
  const answer = await fetch(given.send, { method: "POST", body: data, headers: { "X-CSRFToken": token } });
  return { status: answer.status, said: await answer.json() };
}

// Whoever logs in again in another window has another token: the page as it is there now tells it.
async function renewToken() {
  const page = new DOMParser().parseFromString(await (await fetch(location.href)).text(), "text/html");
  const renewed = page.getElementById("formulir")?.dataset.token;
  const changed = Boolean(renewed) && renewed !== token;
  token = renewed ?? token;
  return changed;
}

// What is being sent is kept by the browser until the server has it, so that it outlives the page: for this account and
// village alone, and until logging out (server/pages/login.py). Browsers do so on https only, and while they have room;
// elsewhere the page is all.
async function amongUnsent(work) {
  try {
    return window.caches && (await work(await caches.open(`belum-terkirim ${given.device}`)));
  } catch {
    return undefined;
  }
}

async function keyOf(data) {
  const answers = await data.get("xml_submission_file").text();
  return `${location.pathname}?${encodeURIComponent(/instanceID>([^<]*)</.exec(answers)?.[1])}`;
}

// `why` is the server's sentence, or the id of one of ours.
function tellUnsent(data, why, refused = false) {
  for (const id of ["tanpa-sambungan", "tertinggal"]) document.getElementById(id).hidden = id !== why;
  document.getElementById("sebab").textContent = document.getElementById(why) ? "" : why;
  back.hidden = !refused; // else it may have arrived: whoever changes it now would send a second one
  again.onclick = () => send(data);
  show("gagal");
}

// The same bytes go out each time: what arrived before, without an answer that came back, is then known as the same.
async function send(data) {
  show("mengirim");
  const key = await keyOf(data);
  await amongUnsent((kept) => kept.put(key, new Response(data)));
  let why = "tanpa-sambungan";
  let refused = false;
  try {
    let { status, said } = await post(data);
    if (status === 400 && (await renewToken())) ({ status, said } = await post(data));
    if (status === 201) {
      touched = false;
      await amongUnsent((kept) => kept.delete(key));
      location.replace(given.done);
      return;
    }
    why = said.message;
    refused = status >= 400 && status < 500;
  } catch {
    // no connection, or an answer that is not ours
  }
  tellUnsent(data, why, refused);
}

// Without the mark of server/entry/for_browser.py, which is no answer.
async function withoutMark(data) {
  const file = data.get("xml_submission_file");
  const answers = (await file.text()).replace(/<_sedang_dibuka(\/>|>[^<]*<\/_sedang_dibuka>)/, "");
  data.set("xml_submission_file", new File([answers], file.name, { type: file.type }));
  return data;
}

async function onSubmit(payload) {
  if (payload.status !== "ready") return;
  if (given.send) send(await withoutMark(payload.data[0]));
  else show("selesai");
}

if (back) back.onclick = () => show(null);
const change = document.getElementById("ubah-lagi");
if (change) change.onclick = () => show(null);
// Who chooses from a list that opens, or a day in the calendar, tells of it by a click alone.
for (const event of ["input", "click"]) place.addEventListener(event, () => (touched = true));
window.addEventListener("beforeunload", (event) => {
  if (touched && given.send) event.preventDefault();
});

// The calendar of the date questions: 31/12/2026, weeks from Monday, months and days by their names.
function calendar(language) {
  const named = (options, dates) =>
    dates.map((date) => new Intl.DateTimeFormat(language, { ...options, timeZone: "UTC" }).format(date));
  const days = [4, 5, 6, 7, 8, 9, 10].map((day) => new Date(Date.UTC(1970, 0, day))); // from a Sunday
  const months = [...Array(12).keys()].map((month) => new Date(Date.UTC(1970, month, 1)));
  return {
    dateFormat: "dd/mm/yy",
    firstDayOfWeek: 1,
    dayNames: named({ weekday: "long" }, days),
    dayNamesShort: named({ weekday: "short" }, days),
    dayNamesMin: named({ weekday: "short" }, days),
    monthNames: named({ month: "long" }, months),
    monthNamesShort: named({ month: "short" }, months),
  };
}

// The engine takes the decimal sign of the browser's language alone, and leaves out the other one: 9.1 would be 91.
const decimalSign = new Intl.NumberFormat().formatToParts(1.5).find((part) => part.type === "decimal").value;

function isOtherSign(event, typed) {
  const ofNumber = event.target.matches(".p-inputnumber-input");
  return ofNumber && event.isTrusted && [".", ","].includes(typed) && typed !== decimalSign;
}

function onKey(event) {
  if (!isOtherSign(event, event.key)) return;
  event.preventDefault();
  event.stopPropagation();
  event.target.dispatchEvent(new KeyboardEvent("keypress", { key: decimalSign, bubbles: true, cancelable: true }));
}

// On phones no key is told, only what is put in.
function onInput(event) {
  if (!isOtherSign(event, event.data)) return;
  event.preventDefault();
  document.execCommand("insertText", false, decimalSign);
}

place.addEventListener("keypress", onKey, { capture: true });
place.addEventListener("beforeinput", onInput, { capture: true });

const asked = {
  formXml: given.xml,
  fetchFormAttachment,
  missingResourceBehavior: "BLANK",
  preloadProperties: { deviceID: given.device, username: given.username },
  editInstance,
  onSubmit,
};
const app = createApp({ render: () => h(OdkWebForm, asked) });
app.use(webFormsPlugin);
Object.assign(app.config.globalProperties.$primevue.config.locale, calendar(document.documentElement.lang));
app.mount(place);
const ofThisForm = async (kept) => (await kept.match(location.pathname, { ignoreSearch: true }))?.formData();
const left = given.send && (await amongUnsent(ofThisForm));
if (left) tellUnsent(left, "tertinggal");
else show(null);

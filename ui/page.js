// Runs once for each of the page's two live parts, the conversation and the sources, with Gradio's `element`,
// `trigger` and `watch` at hand. Gradio patches the HTML inside `element` in place, so listeners sit on `element`.

const part = element.closest("#conversation, #sources");
const desk = document.querySelector("#desk");
const narrow = () => matchMedia("(max-width: 899px)").matches; // where page.css turns the sources into a sheet
const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

// The marks of the open source are filled in. Redrawing the conversation drops that, so it is derived, never kept.
const showOpen = () => {
  for (const button of document.querySelectorAll("#conversation .cite[aria-current]")) button.removeAttribute("aria-current");
  const card = document.querySelector("#sources .card[aria-current]");
  if (!card) return;
  const { turn, number } = card.dataset;
  const marks = document.querySelectorAll(`#conversation .cite[data-turn="${turn}"][data-number="${number}"]`);
  for (const mark of marks) mark.setAttribute("aria-current", "true");
};

// Bring the quoted words and their card into view; a sheet that has come up takes the focus.
const reveal = () => {
  const panel = document.querySelector("#sources");
  const card = panel.querySelector(".card[aria-current]");
  if (card) card.closest("ol").scrollTop = card.offsetTop - card.closest("ol").clientHeight / 3;
  const body = panel.querySelector(".story .body");
  const words = body?.querySelector("mark");
  if (body) body.scrollTop = words ? words.offsetTop - body.clientHeight / 3 : 0;
  if (desk.classList.contains("sheet-open") && !panel.contains(document.activeElement)) panel.querySelector("h2").focus();
};

const openSheet = (opener) => {
  for (const button of document.querySelectorAll("[data-opener]")) delete button.dataset.opener;
  opener.dataset.opener = "";
  desk.classList.add("sheet-open");
};

const closeSheet = () => {
  if (!desk.classList.contains("sheet-open")) return;
  desk.classList.remove("sheet-open");
  document.querySelector("[data-opener]")?.focus();
};

element.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  const { turn, number, question, vote } = button.dataset;
  if (button.classList.contains("close")) {
    closeSheet();
  } else if (question !== undefined) {
    trigger("submit", { question });
  } else if (vote !== undefined) {
    trigger("like", { turn: Number(turn), vote });
  } else if (turn !== undefined) {
    if (part.id === "conversation" && narrow()) openSheet(button);
    trigger("select", { turn: Number(turn), number: Number(number ?? 0) });
    reveal(); // no redraw will come if this source is open already
  }
});

if (part.id === "sources") {
  part.addEventListener("keydown", (event) => event.key === "Escape" && closeSheet());
  watch("value", () => {
    showOpen();
    reveal();
  });
} else {
  part.tabIndex = 0; // it scrolls, so the keyboard must reach it
  part.setAttribute("role", "region");
  part.setAttribute("aria-label", "Conversation");
  let seen = "";
  watch("value", () => {
    showOpen();
    // The example that was pressed is gone; on a phone focus would bring up the keyboard over the answer.
    if (document.activeElement === document.body && !narrow()) document.querySelector("#question textarea").focus();
    const last = [...element.querySelectorAll(".exchange")].at(-1);
    const state = `${element.querySelectorAll(".exchange").length} ${last?.querySelector(".waiting") ? "waiting" : "done"}`;
    if (last && state !== seen) last.scrollIntoView({ block: "start", behavior: still() ? "auto" : "smooth" });
    seen = state;
  });
}

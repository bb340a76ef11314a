/* Pages before one is in work without a script; with one, a password can be looked at while it is typed. */
for (const button of document.querySelectorAll("[data-reveals]")) {
  const input = document.getElementById(button.dataset.reveals);
  const words = { password: button.textContent, text: button.dataset.hide };
  button.hidden = false;
  button.addEventListener("click", () => {
    input.type = input.type === "password" ? "text" : "password";
    button.textContent = words[input.type];
    input.focus();
  });
  // What is sent is a password again, for whoever keeps it (and for the page that comes back).
  input.form.addEventListener("submit", () => { input.type = "password"; });
}

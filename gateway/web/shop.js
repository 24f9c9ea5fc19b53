// The shop's own buttons that open the chat; data-chat is what they put into its composer.
const chat = document.querySelector("frontdesk-chat");

for (const button of document.querySelectorAll("[data-chat]")) {
  button.addEventListener("click", () => (button.dataset.chat ? chat.write(button.dataset.chat) : chat.open()));
}

// Every word the panel itself says; what the assistant says comes from the server.
export const words = {
  you: "You",
  assistant: "Assistant",
  note: "Note",
  connected: "Here to help",
  lost: "Connection lost. Trying again…",
  sending: "Sending…",
  queued: "Waiting for a connection…",
  sent: "Sent",
  notSent: "Not sent.",
  retry: "Try again",
  edit: "Edit",
  again: (seconds) => `Sending again in ${seconds} s.`,
  left: (count) => `${characters(count)} left`,
  over: (count) => `${characters(count)} too many`,
  waiting: "You are waiting for a person.",
  place: (position) => `Your place in line: ${position}.`,
  human: "You are talking with a person.",
  closed: "This conversation is closed.",
  startOver: "Start a new conversation",
  newConversation: "A new conversation starts here",
  launcher: (unread) => (unread ? `Chat with us, ${unread} new` : "Chat with us"),
  imageAlt: "Picture sent by the assistant",
};

function characters(count) {
  return count === 1 ? "1 character" : `${count} characters`;
}

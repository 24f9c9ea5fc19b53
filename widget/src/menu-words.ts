/** What the menu says of deleting a conversation; few people open it, so these words travel with it. */
const english = {
  erase: "Delete this conversation",
  sure: "Everything that was said and sent here is deleted for good. Tickets and orders stay with our team. Delete it?",
  yes: "Yes, delete it",
  working: "Deleting…",
  done: "This conversation is deleted. Tickets and orders are kept by our team; ask them to delete those.",
  promised: "This conversation is deleted. What you confirmed is still passed on to our team, and deleted here then.",
  failed: "That did not work. Nothing may be deleted yet. Please try again.",
  close: "Close",
};

export type MenuWords = typeof english;

export const menuWords: Record<string, MenuWords> = {
  en: english,
  de: {
    erase: "Dieses Gespräch löschen",
    sure: "Alles, was hier gesagt und gesendet wurde, wird endgültig gelöscht. Tickets und Bestellungen bleiben bei unserem Team. Löschen?",
    yes: "Ja, löschen",
    working: "Wird gelöscht…",
    done: "Dieses Gespräch ist gelöscht. Tickets und Bestellungen bleiben bei unserem Team; bitten Sie es, diese zu löschen.",
    promised: "Dieses Gespräch ist gelöscht. Was Sie bestätigt haben, geht noch an unser Team und wird danach hier gelöscht.",
    failed: "Das hat nicht geklappt. Vielleicht ist noch nichts gelöscht. Bitte versuchen Sie es noch einmal.",
    close: "Schließen",
  },
  es: {
    erase: "Eliminar esta conversación",
    sure: "Todo lo que se dijo y envió aquí se elimina para siempre. Los tickets y pedidos quedan con nuestro equipo. ¿Eliminarla?",
    yes: "Sí, eliminarla",
    working: "Eliminando…",
    done: "Esta conversación está eliminada. Los tickets y pedidos los guarda nuestro equipo; pídale que los elimine.",
    promised: "Esta conversación está eliminada. Lo que usted confirmó aún se entrega a nuestro equipo y después se elimina aquí.",
    failed: "No funcionó. Puede que aún no se haya eliminado nada. Inténtelo de nuevo.",
    close: "Cerrar",
  },
  fr: {
    erase: "Supprimer cette conversation",
    sure: "Tout ce qui a été dit et envoyé ici est supprimé définitivement. Les tickets et commandes restent chez notre équipe. Supprimer ?",
    yes: "Oui, supprimer",
    working: "Suppression…",
    done: "Cette conversation est supprimée. Notre équipe garde les tickets et commandes ; demandez-lui de les supprimer.",
    promised: "Cette conversation est supprimée. Ce que vous avez confirmé est encore transmis à notre équipe, puis supprimé ici.",
    failed: "Cela n’a pas marché. Rien n’est peut-être encore supprimé. Veuillez réessayer.",
    close: "Fermer",
  },
  ar: {
    erase: "حذف هذه المحادثة",
    sure: "سيُحذف نهائيًا كل ما قيل وأُرسل هنا. تبقى التذاكر والطلبات لدى فريقنا. هل تريد الحذف؟",
    yes: "نعم، احذفها",
    working: "جارٍ الحذف…",
    done: "حُذفت هذه المحادثة. يحتفظ فريقنا بالتذاكر والطلبات؛ اطلب منه حذفها.",
    promised: "حُذفت هذه المحادثة. ما أكدته ما زال يُسلَّم إلى فريقنا ثم يُحذف هنا.",
    failed: "لم ينجح ذلك. ربما لم يُحذف شيء بعد. حاول مرة أخرى.",
    close: "إغلاق",
  },
};

/** Return the words of a language tag, or the English ones. */
export function menuWordsFor(locale: string): MenuWords {
  return menuWords[locale.split("-")[0]!.toLowerCase()] ?? english;
}

/** What is said of sending files; most deployments take none, so these words travel with what sends them. */
const english = {
  attach: "Attach a file",
  sending: "Sending {0}…",
  sent: "{0} was sent.",
  failed: "{0} could not be sent.",
  kind: "{0} is of a kind that cannot be sent here.",
  large: "{0} is larger than {1} MB.",
  empty: "{0} is empty.",
  cancel: "Cancel",
  cancelled: "{0} was not sent.",
  retry: "Try again",
  remove: "Remove",
  save: "Save",
  unsaved: "{0} could not be loaded.",
};

export type UploadWords = typeof english;

export const uploadWords: Record<string, UploadWords> = {
  en: english,
  de: {
    attach: "Datei anhängen",
    sending: "{0} wird gesendet…",
    sent: "{0} wurde gesendet.",
    failed: "{0} konnte nicht gesendet werden.",
    kind: "{0} ist von einer Art, die hier nicht gesendet werden kann.",
    large: "{0} ist größer als {1} MB.",
    empty: "{0} ist leer.",
    cancel: "Abbrechen",
    cancelled: "{0} wurde nicht gesendet.",
    retry: "Noch einmal versuchen",
    remove: "Entfernen",
    save: "Speichern",
    unsaved: "{0} konnte nicht geladen werden.",
  },
  es: {
    attach: "Adjuntar un archivo",
    sending: "Enviando {0}…",
    sent: "{0} se ha enviado.",
    failed: "No se pudo enviar {0}.",
    kind: "{0} es de un tipo que no se puede enviar aquí.",
    large: "{0} ocupa más de {1} MB.",
    empty: "{0} está vacío.",
    cancel: "Cancelar",
    cancelled: "{0} no se ha enviado.",
    retry: "Reintentar",
    remove: "Quitar",
    save: "Guardar",
    unsaved: "No se pudo cargar {0}.",
  },
  fr: {
    attach: "Joindre un fichier",
    sending: "Envoi de {0}…",
    sent: "{0} a été envoyé.",
    failed: "{0} n’a pas pu être envoyé.",
    kind: "{0} est d’un type qui ne peut pas être envoyé ici.",
    large: "{0} dépasse {1} Mo.",
    empty: "{0} est vide.",
    cancel: "Annuler",
    cancelled: "{0} n’a pas été envoyé.",
    retry: "Réessayer",
    remove: "Retirer",
    save: "Enregistrer",
    unsaved: "{0} n’a pas pu être chargé.",
  },
  ar: {
    attach: "إرفاق ملف",
    sending: "جارٍ إرسال {0}…",
    sent: "أُرسل {0}.",
    failed: "تعذر إرسال {0}.",
    kind: "لا يمكن إرسال ملف من نوع {0} هنا.",
    large: "حجم {0} أكبر من {1} م.ب.",
    empty: "{0} فارغ.",
    cancel: "إلغاء",
    cancelled: "لم يُرسل {0}.",
    retry: "إعادة المحاولة",
    remove: "إزالة",
    save: "حفظ",
    unsaved: "تعذر تحميل {0}.",
  },
};

/** Return a sentence in the language of a tag, or in English. */
export function uploadSay(locale: string, key: keyof UploadWords, ...values: (string | number)[]): string {
  const words = uploadWords[locale.split("-")[0]!.toLowerCase()] ?? english;
  return words[key].replace(/\{(\d)\}/g, (_, place: string) => String(values[Number(place)]));
}

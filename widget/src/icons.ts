import { svg, type TemplateResult } from "lit-html";

const icon = (path: string, width = 2): TemplateResult =>
  svg`<svg viewBox="0 0 24 24" width="24" height="24" aria-hidden="true" fill="none" stroke="currentColor" stroke-width=${width} stroke-linejoin="round" stroke-linecap="round"><path d=${path} /></svg>`;

export const chatIcon = icon("M4 5h16v11h-9l-5 4v-4H4zM8 9h8M8 12.2h5");
export const closeIcon = icon("M6 6l12 12M18 6L6 18");
export const menuIcon = icon("M12 5.5v.01M12 12v.01M12 18.5v.01", 3.5);
export const sendIcon = icon("M12 19V5M6 11l6-6 6 6");
export const downIcon = icon("M12 5v14M6 13l6 6 6-6");

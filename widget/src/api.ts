/** The chat API's words (docs/reference/chat-api.md), as far as the widget uses them. */

export interface Choice {
  title: string;
  payload?: string;
}

export interface Field {
  label: string;
  value: unknown;
}

export interface Card {
  title?: string;
  subtitle?: string;
  image?: string;
  alt?: string;
  url?: string;
  fields?: Field[];
  buttons?: Choice[];
  items?: Card[];
  [key: string]: unknown;
}

export interface ChatEvent {
  type: string;
  seq?: number;
  at?: string;
  id?: string;
  text?: string;
  name?: string;
  /** "slow": a notice that only fills the wait. */
  kind?: string;
  /** A message of the assistant that nobody asked for. */
  proactive?: boolean;
  buttons?: Choice[];
  card?: Card | null;
  image?: string | null;
  alt?: string;
  on?: boolean;
  mode?: string;
  /** Who of the team has come or, where the mode is another than "human", has gone. */
  agent?: string;
  queue_position?: number;
  /** What the person sent, where it was a file. */
  file?: { id: string; name: string };
}

/** Which files the deployment takes. */
export interface FileOffer {
  types: string[];
  most_bytes: number;
}

/** A message of the person: text, or the payload of a button with its title. */
export interface Message {
  text?: string;
  payload?: string;
  title?: string;
}

export type Sendable = Message & { id: string };

/** An answer that was not a success; `message` is the server's sentence for the person. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
    /** Milliseconds to wait, if the server said so. */
    readonly retryAfter: number | null,
  ) {
    super(message);
  }

  static async from(answer: Response): Promise<ApiError> {
    const body = await answer.json().catch(() => null);
    const message = body?.error?.message;
    return new ApiError(answer.status, typeof message === "string" ? message : "", wait(answer.headers.get("Retry-After")));
  }
}

/** Read Retry-After in seconds, as the gateway writes it; a date, as some proxies write it, is as good as nothing. */
function wait(header: string | null): number | null {
  const seconds = parseFloat(header ?? "");
  return seconds >= 0 ? seconds * 1000 : null;
}

// Reads one stream cut at every pair of places; returns the cuts after which the parser saw something else.
async () => {
  const { EventParser } = await import("/static/chat/stream.js");
  const text =
    ": hi\r\n\r\nid: 1\r\ndata: a: b\r\ndata:  c\r\n\r\n" + "id:2\ndata:d\n\n:\nid: 3\rdata\r\rdata: e\n\n" + "data: unfinished";
  const expected = [
    { id: "1", data: "a: b\n c" },
    { id: "2", data: "d" },
    { id: "3", data: "" },
    { id: "", data: "e" },
  ];
  const wrong = [];
  for (let first = 0; first <= text.length; first++) {
    for (let second = first; second <= text.length; second++) {
      const parser = new EventParser();
      const chunks = [text.slice(0, first), text.slice(first, second), text.slice(second)];
      const got = chunks.flatMap((chunk) => parser.push(chunk));
      if (JSON.stringify(got) !== JSON.stringify(expected)) wrong.push([first, second, got]);
    }
  }
  return wrong;
}

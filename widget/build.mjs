// Builds dist/ from src/; `--check` builds elsewhere and says whether the committed files are current.
import { build, transform } from "esbuild";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { minify } from "terser";

const HERE = dirname(fileURLToPath(import.meta.url));
const DIST = join(HERE, "dist");
const LIMIT = 15 * 1024; // bytes, gzipped: the script that every visitor loads

const HEAD = "// generated from widget/src; contains lit-html (BSD-3-Clause), see NOTICE";

const css = {
  name: "css",
  setup({ onLoad }) {
    onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const { code } = await transform(await readFile(path, "utf8"), { loader: "css", minify: true });
      return { contents: code.trim(), loader: "text" };
    });
  },
};

async function bundle(folder) {
  const { outputFiles } = await build({
    entryPoints: { "frontdesk-chat": join(HERE, "src/element.ts") },
    outdir: folder,
    bundle: true,
    splitting: true, // each language is a file of its own
    chunkNames: "[name]",
    format: "esm",
    target: "es2022",
    minify: true,
    charset: "utf8",
    legalComments: "none",
    plugins: [css],
    write: false,
  });
  await mkdir(folder, { recursive: true });
  for (const { path, text } of outputFiles) {
    const { code } = await minify(text, { module: true, ecma: 2020, compress: { passes: 3, unsafe_arrows: true, unsafe_methods: true } });
    // The lines that are left are those of templates, where a browser shows any run of spaces as one.
    await writeFile(path, `${HEAD}\n${code.replace(/\n +/g, " ")}\n`);
  }
}

async function contents(folder) {
  const files = {};
  for (const name of (await readdir(folder)).sort()) files[name] = await readFile(join(folder, name), "utf8");
  return files;
}

function report(files) {
  const sizes = Object.entries(files).map(([name, text]) => [name, gzipSync(text, { level: 9 }).length]);
  for (const [name, size] of sizes) console.log(`${name.padEnd(20)} ${(size / 1024).toFixed(2)} KB gzipped`);
  const main = new Map(sizes).get("frontdesk-chat.js");
  if (main <= LIMIT) return true;
  console.error(`frontdesk-chat.js is ${main} bytes gzipped; ${LIMIT} are allowed`);
  return false;
}

let good = true;
if (process.argv.includes("--check")) {
  const folder = await mkdtemp(join(tmpdir(), "frontdesk-chat-"));
  await bundle(folder);
  const [fresh, committed] = [await contents(folder), await contents(DIST)];
  await rm(folder, { recursive: true });
  good = report(fresh);
  if (JSON.stringify(fresh) !== JSON.stringify(committed)) {
    console.error("widget/dist is not what widget/src makes: run `npm run build` in widget/ and commit it");
    good = false;
  }
} else {
  await rm(DIST, { recursive: true, force: true });
  await bundle(DIST);
  good = report(await contents(DIST));
}
process.exitCode = good ? 0 : 1;

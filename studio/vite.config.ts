import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  // Relative, so that the page works from a server's root and from a folder of a bucket.
  base: "./",
  resolve: { alias: { client: here("../clients/js/src") }, preserveSymlinks: true },
  esbuild: { jsx: "automatic", jsxImportSource: "preact" },
  build: { target: "es2022", assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  server: { proxy: { "/api": "http://127.0.0.1:8000" }, fs: { allow: [here("..")] } },
});

import "@fontsource-variable/instrument-sans/wght.css";
import "./design/tokens.css";
import "./design/base.css";
import "./design/controls.css";
import "./design/shell.css";
import "./design/make.css";
import "./design/task.css";
import "./design/shelves.css";
import { render } from "preact";
import { App } from "./app.tsx";

const root = document.getElementById("app");
if (root) render(<App />, root);

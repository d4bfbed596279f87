import { render } from "preact";
import "uplot/dist/uPlot.min.css";
import "../shared/theme.css";
import "./report.css";
import { applyTheme } from "../shared/theme.ts";
import { App } from "./app.tsx";
import { report } from "./data/report.ts";

applyTheme();
const root = document.getElementById("app") ?? document.body;
root.replaceChildren();
render(<App />, root);
report.start();

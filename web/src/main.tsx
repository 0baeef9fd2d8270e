import { render } from "preact";
import { App } from "./app";
import { applyTheme, theme } from "./theme";
import "./page.css";

applyTheme(theme());
render(<App />, document.getElementById("page")!);

import { PLACEHOLDER } from "./placeholder.js";

/**
 * Vue takes the links of a page's frame over as they are, and keeps them when it shows another page. So they are made absolute first.
 */
const ABSOLUTE_LINKS =
  '<script>for(const a of document.querySelectorAll("#app a[href]"))' +
  'if(/^[.]/.test(a.getAttribute("href")))a.setAttribute("href",a.pathname+a.search+a.hash)</script>';

/** A page with relative addresses. */
export function relativePage(path: string, html: string, up: string): string {
  if (path === "404.html") return missingPage(html);
  return html.replaceAll(`"${PLACEHOLDER}`, `"${up}`).replace("</body>", `${ABSOLUTE_LINKS}</body>`);
}

/**
 * The page that a server sends for an address where there is nothing. It does not know how deep it is, so it looks for the site's root in each
 * folder above it, and then loads what it needs from there.
 */
function missingPage(html: string): string {
  const styles: string[] = [];
  const scripts: string[] = [];
  const rest = html
    .replaceAll(
      new RegExp(`<link rel="preload stylesheet" href="${PLACEHOLDER}([^"]*)"[^>]*>`, "g"),
      (_, file: string) => {
        styles.push(file);
        return "";
      },
    )
    .replaceAll(new RegExp(`<script type="module" src="${PLACEHOLDER}([^"]*)"></script>`, "g"), (_, file: string) => {
      scripts.push(file);
      return "";
    })
    // Hints to other files, such as llms.txt.
    .replaceAll(new RegExp(`<link [^>]*"${PLACEHOLDER}[^>]*>`, "g"), "");
  const load = `<script type="module">
    for (let folder = new URL(".", location.href); ; folder = new URL("..", folder)) {
      const answer = await fetch(new URL("hashmap.json", folder));
      if (answer.ok && answer.headers.get("content-type")?.includes("json")) {
        for (const file of ${JSON.stringify(styles)}) {
          document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href: new URL(file, folder).href }));
        }
        for (const file of ${JSON.stringify(scripts)}) await import(new URL(file, folder).href);
        break;
      }
      if (folder.pathname === "/") break;
    }
  </script>`;
  return rest.replace("</body>", `<noscript>There is no page at this address.</noscript>${load}</body>`);
}

// A headless Chromium that is told what to do by JSON lines: {"id", "do", ...arguments} → {"id", "result"} or {"id", "error"}.
// node browser.mjs CHROMIUM
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

const browser = await chromium.launch({
  executablePath: process.argv[2],
  args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
});
const context = await browser.newContext({ viewport: { width: 1100, height: 800 }, locale: "en-GB" });
context.setDefaultTimeout(20_000);
const page = await context.newPage();

// Playwright's CSS looks through the open shadow roots of Home Assistant's page.
const actions = {
  open: async ({ url }) => void (await page.goto(url, { waitUntil: "domcontentloaded" })),
  fill: async ({ selector, text }) => page.locator(selector).first().fill(text),
  press: async ({ key }) => page.keyboard.press(key),
  click: async ({ selector }) => page.locator(selector).first().click(),
  count: async ({ selector }) => page.locator(selector).count(),
  wait: async ({ selector, text, exact, timeout }) => {
    const inside = page.locator(selector);
    const found = (text ? inside.getByText(text, { exact: exact ?? false }) : inside).first();
    await found.waitFor({ state: "visible", timeout: timeout ?? 20_000 });
    return found.innerText();
  },
  location: async ({ part, timeout }) => {
    await page.waitForURL((url) => url.pathname.includes(part), { timeout: timeout ?? 20_000, waitUntil: "commit" });
    return page.url();
  },
  scheme: async ({ scheme }) => page.emulateMedia({ colorScheme: scheme }),
  picture: async ({ selector, path }) => void (await page.locator(selector).first().screenshot({ path, animations: "disabled" })),
  screenshot: async ({ path }) => void (await page.screenshot({ path, animations: "disabled" })),
};

for await (const line of createInterface({ input: process.stdin })) {
  const { id, do: name, ...rest } = JSON.parse(line);
  try {
    process.stdout.write(JSON.stringify({ id, result: (await actions[name](rest)) ?? null }) + "\n");
  } catch (error) {
    process.stdout.write(JSON.stringify({ id, error: String(error?.message ?? error) }) + "\n");
  }
}
await browser.close();

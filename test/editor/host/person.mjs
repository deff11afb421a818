// What a person does in the window of VS Code: keys, mouse and eyes, nothing else. Everything waits for what it expects
// to see and fails after a while.
import { join } from 'node:path';

/** Milliseconds after which a person gives up looking. */
const PATIENCE = 20_000;

export class Person {
  #page;
  #screenshots;

  constructor(page, screenshots) {
    this.#page = page;
    this.#screenshots = screenshots;
    page.setDefaultTimeout(PATIENCE);
  }

  /** Writes NAME.png once nothing moves any more: a widget that is fading in would be pale. */
  async screenshot(name) {
    await this.#page.waitForFunction(() =>
      document
        .getAnimations()
        .every((it) => it.playState === 'finished' || it.effect?.getComputedTiming().iterations === Infinity),
    );
    await this.#page.screenshot({ path: join(this.#screenshots, `${name}.png`) });
  }

  /** Waits until something like this is shown; `hasText` is a text or a pattern. */
  async see(selector, hasText) {
    await this.#page
      .locator(selector, hasText === undefined ? {} : { hasText })
      .first()
      .waitFor();
  }

  /** Types text, or presses a key by its name: `press('Control+z')`. */
  async type(text) {
    await this.#page.keyboard.type(text);
  }

  async press(key) {
    await this.#page.keyboard.press(key);
  }

  /** Runs a command by its name, as in the palette. */
  async command(name) {
    await this.press('F1');
    await this.#pick(`>${name}`, name);
  }

  /** Opens a file of the folder by its path. */
  async open(path) {
    const name = path.slice(path.lastIndexOf('/') + 1);
    await this.press('Control+p');
    await this.#pick(path, name);
    await this.see('.tab.active', name);
    await this.see('.editor-instance .view-lines');
  }

  /** Puts the cursor in front of the first place where the shown file has this text. */
  async cursorOn(text) {
    await this.command('Focus Active Editor Group');
    await this.press('Control+Home');
    const { line, column } = await this.#placeOf(text);
    await this.press('Control+g');
    await this.#input(`:${line}:${column}`);
    await this.press('Enter');
    await this.see('.statusbar-item', `Ln ${line}, Col ${column}`);
  }

  /** Rests the mouse on the first place with this text, and reads what pops up. */
  async hover(text) {
    const box = await this.#boxOf(text);
    await this.#page.mouse.move(box.x + box.width / 2 - 30, box.y + box.height / 2);
    await this.#page.mouse.move(box.x + box.width / 2, box.y + box.height / 2, { steps: 5 });
    const shown = this.#page.locator('.monaco-hover:not(.hidden) .hover-contents').first();
    await shown.waitFor();
    // The hover of a diagnostic comes at once, the language server's documentation joins it.
    await this.until('the hover has loaded', async () => !/Loading\.\.\.$/.test(await shown.innerText()));
    return (await this.#page.locator('.monaco-hover:not(.hidden) .hover-contents').allInnerTexts()).join('\n');
  }

  /** The code lenses that are shown, from the top. Waits for one like `pattern`. */
  async lenses(pattern) {
    const found = () => this.#page.locator('.editor-instance .codelens-decoration > *').allInnerTexts();
    await this.until(`a lens ${pattern}`, async () => (await found()).some((it) => pattern.test(it)));
    return found();
  }

  /** Clicks the code lens with this text. */
  async clickLens(title) {
    await this.#page.locator('.editor-instance .codelens-decoration a', { hasText: title }).first().click();
  }

  /** Goes to the definition of what stands at the first place with this text, `inside` characters into it. */
  async goToDefinition(text, inside = 1) {
    await this.cursorOn(text);
    for (let i = 0; i < inside; i++) await this.press('ArrowRight');
    await this.press('F12');
  }

  /** Waits until this file is shown. */
  async seeFile(name) {
    await this.see('.tab.active', name);
  }

  /** Gives what stands at the cursor another name. */
  async rename(name) {
    await this.press('F2');
    const input = this.#page.locator('.rename-box input');
    await input.waitFor();
    await this.screenshot('rename');
    await input.fill(name);
    await this.press('Enter');
    await input.waitFor({ state: 'hidden' });
  }

  /** Waits until a preview, which is a page within the page, shows this. */
  async seeInPreview(pattern) {
    await this.until(`a preview with ${pattern}`, async () => {
      const texts = await Promise.all(this.#page.frames().map((it) => it.innerText('body').catch(() => '')));
      return texts.slice(1).some((it) => pattern.test(it));
    });
  }

  /** Runs a command that asks for a text, and answers. */
  async answer(command, text) {
    await this.press('F1');
    await this.#pick(`>${command}`, command);
    await this.#input(text);
    await this.press('Enter');
  }

  /** Opens the menu of quick fixes at the cursor and reads it. */
  async quickFixes() {
    await this.press('Control+.');
    const rows = this.#page.locator('.action-widget .monaco-list-row.action');
    await rows.first().waitFor();
    return rows.allInnerTexts();
  }

  /** Takes one of the quick fixes that are shown. */
  async takeFix(title) {
    await this.#page.locator('.action-widget .monaco-list-row.action', { hasText: title }).first().click();
    await this.#page.locator('.action-widget .monaco-list-row.action').first().waitFor({ state: 'hidden' });
  }

  /** Asks for suggestions at the cursor and reads them. */
  async suggestions() {
    const rows = this.#page.locator('.suggest-widget.visible .monaco-list-row');
    if (!(await rows.first().isVisible())) await this.press('Control+Space');
    await rows.first().waitFor();
    return (await rows.allInnerTexts()).map((it) => it.trim().split('\n')[0]);
  }

  /** Takes one of the suggestions that are shown. */
  async takeSuggestion(label) {
    await this.#page.locator('.suggest-widget.visible .monaco-list-row', { hasText: label }).first().click();
    await this.#page.locator('.suggest-widget.visible').waitFor({ state: 'hidden' });
  }

  /** Picks a snippet by its name from the palette's list. */
  async insertSnippet(name) {
    await this.command('Snippets: Insert Snippet');
    await this.see('.quick-input-list .monaco-list-row', name);
    await this.screenshot('snippets');
    await this.#pick(name, name);
  }

  /** Opens the Problems panel if need be and reads its rows, files and problems alike. */
  async problems() {
    if (!(await this.#page.locator('.markers-panel').isVisible())) {
      await this.command('View: Focus Problems');
      await this.see('.markers-panel .monaco-list-row');
    }
    const rows = this.#page.locator('.markers-panel .monaco-list-row');
    return rows.evaluateAll((found) => found.map((it) => it.getAttribute('aria-label') ?? it.textContent));
  }

  /** Waits until the Problems panel has a row like this. */
  seeProblem(pattern) {
    return this.until(`a problem ${pattern}`, async () => (await this.problems()).some((it) => pattern.test(it)));
  }

  /** Waits until the Problems panel has no row like this. */
  seeNoProblem(pattern) {
    return this.until(`no problem ${pattern}`, async () => !(await this.problems()).some((it) => pattern.test(it)));
  }

  /** The shown text from its top, blanks as they are. */
  async text() {
    return (await this.#lines()).join('\n');
  }

  /** Waits until the shown text is so. */
  seeText(pattern) {
    return this.until(`the text ${pattern}`, async () => pattern.test(await this.text()));
  }

  async until(what, probe) {
    const end = Date.now() + PATIENCE;
    while (Date.now() < end) {
      if (await probe()) return;
      await this.#page.waitForTimeout(25);
    }
    throw new Error(`waited in vain for ${what}; the editor shows\n${await this.text()}`);
  }

  async #pick(typed, row) {
    await this.#input(typed);
    await this.see('.quick-input-list .monaco-list-row.focused', row);
    await this.press('Enter');
    // It closes, or shows the next question: some commands ask on.
    const input = this.#quickInput();
    await this.until(
      'the pick is taken',
      async () => !(await input.isVisible()) || (await input.inputValue()) !== typed,
    );
  }

  async #input(text) {
    await this.#quickInput().waitFor();
    await this.#quickInput().fill(text);
  }

  #quickInput() {
    return this.#page.locator('.quick-input-widget input.input');
  }

  /** The lines that are shown. They lie in the page in the order in which they were drawn, not in that of the text. */
  #lines() {
    return this.#page
      .locator('.editor-instance .view-lines')
      .first()
      .evaluate((lines) =>
        [...lines.querySelectorAll('.view-line')]
          .sort((a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top)
          .map((it) => it.textContent.replaceAll('\u00A0', ' ')),
      );
  }

  async #placeOf(text) {
    let place;
    await this.until(`${text} in the editor`, async () => {
      const lines = await this.#lines();
      const line = lines.findIndex((it) => it.includes(text));
      place = { line: line + 1, column: line < 0 ? 0 : lines[line].indexOf(text) + 1 };
      return line >= 0;
    });
    return place;
  }

  async #boxOf(text) {
    await this.#placeOf(text);
    const box = await this.#page
      .locator('.editor-instance .view-lines')
      .first()
      .evaluate((lines, wanted) => {
        for (const line of lines.querySelectorAll('.view-line')) {
          const at = line.textContent.replaceAll('\u00A0', ' ').indexOf(wanted);
          if (at < 0) continue;
          const range = document.createRange();
          const walker = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
          let passed = 0;
          let started = false;
          for (let node = walker.nextNode(); node; node = walker.nextNode()) {
            const end = passed + node.length;
            if (!started && at < end) {
              range.setStart(node, at - passed);
              started = true;
            }
            if (started && at + wanted.length <= end) {
              range.setEnd(node, at + wanted.length - passed);
              const { x, y, width, height } = range.getBoundingClientRect();
              return { x, y, width, height };
            }
            passed = end;
          }
        }
        return undefined;
      }, text);
    if (!box) throw new Error(`${text} is not drawn`);
    return box;
  }
}

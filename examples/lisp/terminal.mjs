// This is a conversation with the Lisp, line by line: an expression may go over several lines, and is evaluated when it
// is complete. repl.mjs has it at the terminal.

import { createInterface } from 'node:readline';

const kPrompt = '> ';
const kGoingOn = '. ';

/** Returns an answer as lines: what was printed may end without a line's end. */
export function shown(answer) {
  return answer === '' || answer.endsWith('\n') ? answer : `${answer}\n`;
}

/**
 * Reads expressions from `input` until it ends, and writes their answers to `output`. With `isInteractive` there are
 * prompts, the cursor keys edit the line, and Ctrl-C gives up the expression; a second one ends the conversation.
 */
export function converse(lisp, { input, output, isInteractive }) {
  const lines = createInterface({ input, output: isInteractive ? output : undefined, terminal: isInteractive });
  let text = '';
  const prompt = () => {
    lines.setPrompt(text === '' ? kPrompt : kGoingOn);
    if (isInteractive) lines.prompt();
  };
  lines.on('line', (line) => {
    text += `${line}\n`;
    if (!lisp.isUnfinished(text)) {
      output.write(shown(lisp.answer(text)));
      text = '';
    }
    prompt();
  });
  lines.on('SIGINT', () => {
    if (text === '' && lines.line === '') return lines.close();
    text = '';
    if (lines.line !== '') lines.write(null, { ctrl: true, name: 'u' });
    output.write('\n');
    prompt();
  });
  prompt();
  return new Promise((done) => {
    lines.on('close', () => {
      if (isInteractive) output.write('\n');
      else if (text.trim() !== '') output.write(shown(lisp.answer(text)));
      done();
    });
  });
}

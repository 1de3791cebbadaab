// This is the script of the Lisp's page: it evaluates the text, and shows the answer and what the heap did.

import { isError, Lisp } from './module.mjs';

const kExamples = {
  fib: '(define (fib n) (if (< n 2) n (+ (fib (- n 1)) (fib (- n 2)))))\n(map fib (iota 20))',
  queens: `; How many ways there are to put n queens on a board.
(define (safe? queen distance others)
  (cond ((null? others) #t)
        ((= (car others) queen) #f)
        ((= (car others) (+ queen distance)) #f)
        ((= (car others) (- queen distance)) #f)
        (else (safe? queen (+ distance 1) (cdr others)))))
(define (place n row queens)
  (if (= row 0) 1
      (fold (lambda (sum q) (if (safe? q 1 queens) (+ sum (place n (- row 1) (cons q queens))) sum))
            0 (iota n))))
(define (queens n) (place n n '()))
(map queens (iota 8))`,
  closures: `(define (make-account balance)
  (lambda (amount) (set! balance (+ balance amount)) balance))
(define mine (make-account 100))
(mine 20)
(mine -5)`,
  'weak keys': `; An entry goes with its key.
(define table (make-weak-table))
(define kept (list 1 2))
(table-set! table kept "stays")
(table-set! table (list 3 4) "goes")
(collect)
(list (table-count table) (table-get table kept #f))`,
};

const part = (id) => document.getElementById(id);

function offerExamples(run) {
  for (const [name, text] of Object.entries(kExamples)) {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = name;
    button.addEventListener('click', () => {
      part('text').value = text;
      run();
    });
    part('examples').append(button);
  }
}

async function open() {
  const lisp = new Lisp(await WebAssembly.compileStreaming(fetch('./lisp.wasm')));
  const run = () => {
    const begin = performance.now();
    const answer = lisp.answer(part('text').value);
    const ms = performance.now() - begin;
    const { collections, liveBytes } = lisp.stats();
    part('answer').textContent = answer;
    part('answer').classList.toggle('wrong', isError(answer));
    part('stats').textContent =
      `${ms.toFixed(1)} ms · ${collections} collections so far · ${(liveBytes / 1024).toFixed(0)} KiB in use`;
  };
  part('run').addEventListener('click', run);
  part('text').addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    run();
  });
  offerExamples(run);
  part('text').value = kExamples.fib;
  part('run').disabled = false;
  run();
}

open().catch((error) => {
  part('stats').textContent = `The Lisp could not be started: ${error.message}`;
});

// The Lisp evaluates this program. bench/programs/js/lisp_text.mjs has the same text, and a test compares them.
#pragma once

namespace bench {

inline constexpr char kLispText[] = R"lisp(
(define (attacks? row distance placed)
  (cond ((null? placed) #f)
        ((= (car placed) row) #t)
        ((= (car placed) (+ row distance)) #t)
        ((= (car placed) (- row distance)) #t)
        (else (attacks? row (+ distance 1) (cdr placed)))))
(define (place n column placed)
  (if (= column n) 1
      (let try ((row 0) (found 0))
        (if (= row n) found
            (try (+ row 1)
                 (if (attacks? row 1 placed) found
                     (+ found (place n (+ column 1) (cons row placed)))))))))
(define (nqueens n) (place n 0 '()))
(define (make-counter)
  (let ((count 0)) (lambda (step) (set! count (+ count step)) count)))
(define (fib-of n)
  (let ((counter (make-counter)))
    (letrec ((fib (lambda (n) (counter 1) (if (< n 2) n (+ (fib (- n 1)) (fib (- n 2)))))))
      (let ((value (fib n))) (+ value (counter 0))))))
(define (random-list n seed)
  (let next ((n n) (seed seed) (list '()))
    (if (= n 0) list
        (let ((seed (remainder (+ (* seed 421) 1663) 7875)))
          (next (- n 1) seed (cons seed list))))))
(define (merge a b end)
  (cond ((null? a) (reverse-onto end b))
        ((null? b) (reverse-onto end a))
        ((> (car b) (car a)) (merge (cdr a) b (cons (car a) end)))
        (else (merge a (cdr b) (cons (car b) end)))))
(define (halves list a b) (if (null? list) (cons a b) (halves (cdr list) b (cons (car list) a))))
(define (sort list)
  (if (or (null? list) (null? (cdr list))) list
      (let ((both (halves list '() '())))
        (merge (sort (car both)) (sort (cdr both)) '()))))
(define (digest list sum) (if (null? list) sum (digest (cdr list) (remainder (+ (* sum 31) (car list)) 1000003))))
)lisp";

}  // namespace bench

// The Lisp of the examples is a client of the heap. The tests say what its expressions come to, its errors and its weak
// tables, all of it also with a collection at every allocation.
#include <gtest/gtest.h>

#include "../../examples/lisp/lisp.h"
#include "../../examples/lisp/reader.h"
#include "support/flavour.h"

namespace lisp {
namespace {

MGC_ALL_NEED(kWeakWords);

struct Case {
  const char* text;
  const char* answer;
};

constexpr Case kCases[] = {
    {"(let ((x 1) (y 2)) (list x y (+ x y 3) 'a \"s\"))", "(1 2 6 a \"s\")"},
    {"`(1 ,@(list 2 3) ,(+ 2 2) . 5)", "(1 2 3 4 . 5)"},
    {"(let loop ((n 10) (sum 0)) (if (= n 0) sum (loop (- n 1) (+ sum n))))", "55"},
    {"(define (make) (let ((n 0)) (lambda (by) (set! n (+ n by)) n))) (define c (make)) (c 1) (c 2)", "3"},
    {"(letrec ((even? (lambda (n) (if (= n 0) #t (odd? (- n 1))))) (odd? (lambda (n) (if (= n 0) #f (even? (- n 1))))))"
     " (even? 10))",
     "#t"},
    {"(define-macro (twice what) `(begin ,what ,what)) (define n 0) (define (f) (twice (set! n (+ n 1))) n) (f) (f)",
     "4"},
    {"((lambda (a . rest) (list a rest)) 1 2 3)", "(1 (2 3))"},
    {"((lambda rest rest) 1 2)", "(1 2)"},
    {"(apply + (list 1 2 3 4))", "10"},
    {"(apply cons (list 1 2))", "(1 . 2)"},
    {"(map (lambda (x) (* x x)) (iota 5))", "(0 1 4 9 16)"},
    {"(let ((v (make-vector 3 7))) (vector-set! v 1 '(x)) (list v (vector-length v) (vector 1 2)))",
     "(#(7 (x) 7) 3 #(1 2))"},
    {"(string-append \"a\" (to-string '(b \"c\")) \"d\")", "\"a(b c)d\""},
    {"(eq? (string->symbol \"abc\") 'abc)", "#t"},
    {"(equal? '(1 (\"a\" b)) (list 1 (list \"a\" 'b)))", "#t"},
    {"(or #f (and 1 2) 3)", "2"},
    {"(cond (#f 1) ((= 1 1) 2) (else 3))", "2"},
    {"(quotient -7 2)", "-3"},
    {"(eval '(+ 1 2))", "3"},
    {"(display \"hi\") (write \"hi\") (newline)", "hi\"hi\"\n"},
    {"(assoc \"b\" '((\"a\" . 1) (\"b\" . 2)))", "(\"b\" . 2)"},
    {"(define x '(3 4)) (list (= (car x) (- (car (cdr x)) 1)) (cons (car x) (cdr x)) (+ (car x) (car x) 1))",
     "(#t (3 4) 7)"},
    {"(let ((car cdr) (x '(1 2))) (list (null? (car x)) (equal? (car x) '(2))))", "(#f #t)"},
    {"((lambda (a b) (list a b)) (car '(1)) (list 2))", "(1 (2))"},
    {"(define (f a b) (cons b a)) (let ((x '(1 2))) (f (cdr x) (car x)))", "(1 2)"},
    {"(define p '(1 2)) (define (g a b c) (list a b c)) (g (car p) (set-car! p 9) (car p))", "(1  9)"},
    {"; a comment\n'()", "()"},
};

constexpr Case kErrors[] = {
    {"(car 5)", "error: not a pair: 5"},
    {"(foo)", "error: unbound variable: foo"},
    {"(+ 1 (car nowhere))", "error: unbound variable: nowhere"},
    {"(+ (nothing 1) (car 5))", "error: unbound variable: nothing"},
    {"(= (car 5) (cdr 6))", "error: not a pair: 5"},
    {"(= 1 (car 1 2))", "error: too many arguments: car"},
    {"(= 1 (cons 1))", "error: too few arguments: cons"},
    {"((lambda (x y) x) 1 (car 7))", "error: not a pair: 7"},
    {"((lambda (x y) x) (car 1))", "error: not a pair: 1"},
    {"((lambda (x) x) (car '(1)) 2)", "error: too many arguments"},
    {"(5 6)", "error: not a procedure: 5"},
    {"(let ((x 1)) (define y 2))", "error: define is for the top level; within a procedure there are let and letrec"},
    {"(vector-ref (make-vector 3) 3)", "error: not an index of the vector: 3"},
    {"((lambda (x) x))", "error: too few arguments"},
    {"((lambda (x) x) 1 2)", "error: too many arguments"},
    {"(car 1 2)", "error: too many arguments: car"},
    {"(cons 1)", "error: too few arguments: cons"},
    {"(if)", "error: malformed if"},
    {"(quotient 1 0)", "error: division by zero"},
    {"(define (deep n) (+ 1 (deep n))) (deep 1)", "error: calls are nested too deep"},
    {"(+ 'a 1)", "error: not a number: a"},
    {"(display \"before\") (error 'bad 1 \"two\")", "beforeerror: bad 1 two"},
    {"(1 . 2 3)", "error: more than one expression after a dot"},
    {"(a", "error: a list without its )"},
    {")", "error: a ) without a ("},
    {"\"abc", "error: a string without its end"},
    {"99999999999999999999999", "error: a number that is too large"},
    {"(let loop ((n 2)) (loop (* n n)))", "error: the number is too large"},
};

mgc_options options_of(uint32_t stress_every) {
  mgc_options options = {};
  options.stress_every = stress_every;
  if (mallocgc::kDebugFlavour && stress_every != 0)
    options.debug_flags = MGC_DEBUG_POISON | MGC_DEBUG_CHECKMARK | MGC_DEBUG_VERIFY;
  return options;
}
constexpr uint32_t kDepthMax = 500;

TEST(Lisp, evaluates) {
  gc::Heap heap(options_of(0));
  Interpreter interpreter(heap, kDepthMax);
  for (const auto& [text, answer] : kCases) EXPECT_EQ(interpreter.answer(text), answer) << text;
}

TEST(Lisp, says_what_is_wrong_and_goes_on) {
  gc::Heap heap(options_of(0));
  Interpreter interpreter(heap, kDepthMax);
  for (const auto& [text, answer] : kErrors) {
    EXPECT_EQ(interpreter.answer(text), answer) << text;
    EXPECT_EQ(interpreter.answer("(+ 1 1)"), "2") << text;
  }
}

TEST(Lisp, survives_a_collection_at_every_allocation) {
  MGC_NEEDS(kEvents);
  gc::Heap heap(options_of(0));
  Interpreter interpreter(heap, kDepthMax);
  ASSERT_EQ(mgc_set_debug(heap.c(), options_of(1).debug_flags, 1), MGC_OK);
  const auto cycles = [&heap] { return heap.stats().num_gc + heap.stats().minor_gcs; };
  const uint64_t before = cycles();
  for (const auto& [text, answer] : kCases) EXPECT_EQ(interpreter.answer(text), answer) << text;
  EXPECT_GT(cycles(), before + 50) << "a slice for some of the allocations";
  EXPECT_EQ(mallocgc::verified(heap.c()), mallocgc::Status::kOk) << heap.last_error();
}

TEST(Lisp, calls_in_tail_position_take_no_stack) {
  gc::Heap heap(options_of(0));
  Interpreter interpreter(heap, 50);
  EXPECT_EQ(interpreter.answer("(define (loop n) (cond ((= n 0) 'done) (else (begin (loop (- n 1)))))) (loop 100000)"),
            "done");
}

TEST(Lisp, weak_tables_lose_the_entries_of_dead_keys_only) {
  gc::Heap heap(options_of(0));
  Interpreter interpreter(heap, kDepthMax);
  EXPECT_EQ(interpreter.answer("(define t (make-weak-table)) (define k (list 1 2)) (table-set! t k 'x)"
                               "(table-set! t 5 'five) (table-set! t 'symbol \"s\")"
                               "(for-each (lambda (i) (table-set! t (list i) (list i i))) (iota 100))"
                               "(table-count t)"),
            "103");
  EXPECT_EQ(interpreter.answer("(collect) (list (table-count t) (table-get t k) (table-get t 5) (table-get t 'symbol)"
                               "(table-get t (list 1) 'none))"),
            "(3 x five \"s\" none)");
  // The places of the dead are used again, also by keys at the same addresses.
  EXPECT_EQ(interpreter.answer("(for-each (lambda (i) (table-set! t (list i) i) (collect)) (iota 50))"
                               "(collect) (list (table-count t) (table-get t k))"),
            "(3 x)");
  EXPECT_EQ(interpreter.answer("(table-set! t k 'y) (list (table-count t) (table-get t k))"), "(3 y)");
}

TEST(Lisp, a_value_that_refers_to_its_key_does_not_keep_the_entry) {
  gc::Heap heap(options_of(0));
  Interpreter interpreter(heap, kDepthMax);
  EXPECT_EQ(
      interpreter.answer("(define t (make-weak-table)) (define k (list 0))"
                         "(for-each (lambda (i) (let ((key (list i))) (table-set! t key (list key t))))"
                         "          (iota 100))"
                         "(table-set! t k (list k t)) (collect) (list (table-count t) (eq? k (car (table-get t k))))"),
      "(1 #t)");
}

TEST(Lisp, a_dead_table_leaves_nothing) {
  gc::Heap heap(options_of(0));
  Interpreter interpreter(heap, kDepthMax);
  interpreter.answer("(collect)");
  const uint64_t before = heap.stats().heap_objects;
  for (int i = 0; i < 20; ++i) interpreter.answer("(table-set! (make-weak-table) (list 1) 2) (collect)");
  EXPECT_LE(heap.stats().heap_objects, before + 8);
}

TEST(Lisp, fixnums_reach_as_far_as_they_say) {
  for (const intptr_t number : {intptr_t{0}, intptr_t{-1}, kFixnumMax, kFixnumMin}) {
    EXPECT_TRUE(is_fixnum(fixnum(number)));
    EXPECT_FALSE(is_object(fixnum(number)));
    EXPECT_EQ(number_of(fixnum(number)), number);
  }
  for (Object* const value : {nil(), no(), yes(), nothing()}) {
    EXPECT_FALSE(is_fixnum(value));
    EXPECT_FALSE(is_object(value));
  }
}

TEST(Lisp, knows_when_a_text_goes_on) {
  EXPECT_TRUE(is_unfinished("(a (b)"));
  EXPECT_TRUE(is_unfinished("\"a"));
  EXPECT_FALSE(is_unfinished("(a) ; ("));
  EXPECT_FALSE(is_unfinished("\"(\""));
}

}  // namespace
}  // namespace lisp

; A list whose head only a frame of LLVM's gc "shadow-stack" holds. Pointers are written as LLVM 14 does.
target triple = "wasm32-unknown-unknown"

declare void @llvm.gcroot(i8**, i8*)
declare i8* @prepend(i8*, i32)
declare i32 @sum_of(i8*)

define i32 @test_chain(i32 %n) #0 gc "shadow-stack" {
entry:
  %list = alloca i8*
  call void @llvm.gcroot(i8** %list, i8* null)
  store i8* null, i8** %list
  br label %loop

loop:
  %i = phi i32 [ 0, %entry ], [ %next, %loop ]
  %tail = load i8*, i8** %list
  %made = call i8* @prepend(i8* %tail, i32 %i)
  store i8* %made, i8** %list
  %next = add i32 %i, 1
  %more = icmp ult i32 %next, %n
  br i1 %more, label %loop, label %done

done:
  %head = load i8*, i8** %list
  %sum = call i32 @sum_of(i8* %head)
  ret i32 %sum
}

attributes #0 = { "wasm-export-name"="test_chain" }

; Functions as a compiler makes them that emits LLVM's text, keeps frames on the shadow stack, and says which values are
; numbers: frames by calls, and inlined as docs/abi.md says, with the mutator in a global. Pointers are written as LLVM
; 14 does.

target triple = "wasm32-unknown-unknown"

@mutator = internal global i8* null

declare i8* @mgc_new(i32) #0
declare i8** @mgc_frame_push(i32) #1
declare i32 @mgc_frame_pop(i8**) #2
declare i8* @mgc_mutator() #3
declare void @llvm.dbg.value(metadata, metadata, metadata)

define void @prepare() #4 {
  %m = call i8* @mgc_mutator()
  store i8* %m, i8** @mutator
  ret void
}

; Two objects, of which the first is kept; frames by calls.
define i8* @pair(i32 %type, i8* %tail) #5 !dbg !10 {
  call void @llvm.dbg.value(metadata i32 %type, metadata !11, metadata !DIExpression()), !dbg !12
  %frame = call i8** @mgc_frame_push(i32 2)
  store i8* %tail, i8** %frame
  %first = call i8* @mgc_new(i32 %type)
  %slot = getelementptr i8*, i8** %frame, i32 1
  store i8* %first, i8** %slot
  %second = call i8* @mgc_new(i32 %type)
  %popped = call i32 @mgc_frame_pop(i8** %frame)
  %left = bitcast i8* %second to i8**
  store i8* %first, i8** %left
  %right = getelementptr i8*, i8** %left, i32 1
  store i8* %tail, i8** %right
  ret i8* %second
}

; A list in a loop; a frame without calls but where the stack is full.
define i8* @list(i32 %type, i32 %n) #6 !dbg !20 {
entry:
  call void @llvm.dbg.value(metadata i32 %type, metadata !21, metadata !DIExpression()), !dbg !22
  call void @llvm.dbg.value(metadata i32 %n, metadata !23, metadata !DIExpression()), !dbg !22
  %m = load i8*, i8** @mutator
  %top.at = bitcast i8* %m to i8***
  %limit.at = getelementptr i8**, i8*** %top.at, i32 1
  %top = load i8**, i8*** %top.at
  %limit = load i8**, i8*** %limit.at
  %end = getelementptr i8*, i8** %top, i32 3
  %isFull = icmp ugt i8** %end, %limit
  br i1 %isFull, label %full, label %fits
full:
  %pushed = call i8** @mgc_frame_push(i32 2)
  br label %framed
fits:
  %header = bitcast i8** %top to i32*
  store i32 2, i32* %header
  %slots = getelementptr i8*, i8** %top, i32 1
  store i8* null, i8** %slots
  %slots.1 = getelementptr i8*, i8** %top, i32 2
  store i8* null, i8** %slots.1
  store i8** %end, i8*** %top.at
  br label %framed
framed:
  %frame = phi i8** [ %pushed, %full ], [ %slots, %fits ]
  %frame.1 = getelementptr i8*, i8** %frame, i32 1
  br label %again
again:
  %i = phi i32 [ 0, %framed ], [ %next, %again ]
  %tail = phi i8* [ null, %framed ], [ %made, %again ]
  store i8* %tail, i8** %frame
  %one = call i8* @pair(i32 %type, i8* %tail), !dbg !22
  store i8* %one, i8** %frame.1
  %made = call i8* @pair(i32 %type, i8* %one), !dbg !22
  %left = bitcast i8* %made to i8**
  store i8* %one, i8** %left
  %next = add i32 %i, 1
  %goes = icmp ult i32 %next, %n
  br i1 %goes, label %again, label %done
done:
  %header.at = getelementptr i8*, i8** %frame, i32 -1
  %m.1 = load i8*, i8** @mutator
  %top.at.1 = bitcast i8* %m.1 to i8***
  store i8** %header.at, i8*** %top.at.1
  ret i8* %made
}

; A tree; each function roots its own.
define i8* @tree(i32 %type, i32 %depth) #7 !dbg !30 {
entry:
  call void @llvm.dbg.value(metadata i32 %type, metadata !31, metadata !DIExpression()), !dbg !32
  call void @llvm.dbg.value(metadata i32 %depth, metadata !33, metadata !DIExpression()), !dbg !32
  %isLeaf = icmp eq i32 %depth, 0
  br i1 %isLeaf, label %leaf, label %node
leaf:
  %alone = call i8* @mgc_new(i32 %type)
  ret i8* %alone
node:
  %frame = call i8** @mgc_frame_push(i32 2)
  %less = sub i32 %depth, 1
  call void @llvm.dbg.value(metadata i32 %less, metadata !34, metadata !DIExpression()), !dbg !32
  %left = call i8* @tree(i32 %type, i32 %less), !dbg !32
  store i8* %left, i8** %frame
  %right = call i8* @tree(i32 %type, i32 %less), !dbg !32
  %slot = getelementptr i8*, i8** %frame, i32 1
  store i8* %right, i8** %slot
  %made = call i8* @mgc_new(i32 %type)
  %popped = call i32 @mgc_frame_pop(i8** %frame)
  %left.at = bitcast i8* %made to i8**
  store i8* %left, i8** %left.at
  %right.at = getelementptr i8*, i8** %left.at, i32 1
  store i8* %right, i8** %right.at
  ret i8* %made
}

attributes #0 = { "wasm-import-module"="heap" "wasm-import-name"="mgc_new" }
attributes #1 = { "wasm-import-module"="heap" "wasm-import-name"="mgc_frame_push" }
attributes #2 = { "wasm-import-module"="heap" "wasm-import-name"="mgc_frame_pop" }
attributes #3 = { "wasm-import-module"="heap" "wasm-import-name"="mgc_mutator" }
attributes #4 = { "wasm-export-name"="prepare" }
attributes #5 = { noinline "wasm-export-name"="pair" }
attributes #6 = { noinline "wasm-export-name"="list" }
attributes #7 = { noinline "wasm-export-name"="tree" }

!llvm.dbg.cu = !{!0}
!llvm.module.flags = !{!1, !2}
!0 = distinct !DICompileUnit(language: DW_LANG_C99, file: !3, isOptimized: true, runtimeVersion: 0, emissionKind: FullDebug)
!1 = !{i32 2, !"Debug Info Version", i32 3}
!2 = !{i32 2, !"Dwarf Version", i32 4}
!3 = !DIFile(filename: "framed.ll", directory: ".")
!4 = !DIBasicType(name: "number", size: 32, encoding: DW_ATE_unsigned)
!5 = !DISubroutineType(types: !6)
!6 = !{null}
!10 = distinct !DISubprogram(name: "pair", scope: !3, file: !3, line: 1, type: !5, spFlags: DISPFlagDefinition | DISPFlagOptimized, unit: !0)
!11 = !DILocalVariable(name: "type", arg: 1, scope: !10, file: !3, type: !4)
!12 = !DILocation(line: 1, scope: !10)
!20 = distinct !DISubprogram(name: "list", scope: !3, file: !3, line: 2, type: !5, spFlags: DISPFlagDefinition | DISPFlagOptimized, unit: !0)
!21 = !DILocalVariable(name: "type", arg: 1, scope: !20, file: !3, type: !4)
!22 = !DILocation(line: 2, scope: !20)
!23 = !DILocalVariable(name: "n", arg: 2, scope: !20, file: !3, type: !4)
!30 = distinct !DISubprogram(name: "tree", scope: !3, file: !3, line: 3, type: !5, spFlags: DISPFlagDefinition | DISPFlagOptimized, unit: !0)
!31 = !DILocalVariable(name: "type", arg: 1, scope: !30, file: !3, type: !4)
!32 = !DILocation(line: 3, scope: !30)
!33 = !DILocalVariable(name: "depth", arg: 2, scope: !30, file: !3, type: !4)
!34 = !DILocalVariable(name: "less", scope: !30, file: !3, type: !4)

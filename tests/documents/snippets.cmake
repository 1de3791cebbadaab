# This writes the programs of a document in one language, joined in their order, to a file:
#
#   cmake -DDOCUMENT=docs/porting.md -DLANGUAGE=c -DOUTPUT=porting.c -P snippets.cmake
#
# They begin behind a line "```LANGUAGE" and end before one "```". It is an error if there is none.
cmake_minimum_required(VERSION 3.21)

file(READ ${DOCUMENT} rest)
set(fence "\n```")
set(begin "${fence}${LANGUAGE}\n")
string(LENGTH "${begin}" begin_length)
set(program "")
while(TRUE)
  string(FIND "${rest}" "${begin}" at)
  if(at EQUAL -1)
    break()
  endif()
  math(EXPR at "${at} + ${begin_length}")
  string(SUBSTRING "${rest}" ${at} -1 rest)
  string(FIND "${rest}" "${fence}" end)
  string(SUBSTRING "${rest}" 0 ${end} snippet)
  string(APPEND program "${snippet}\n")
  string(SUBSTRING "${rest}" ${end} -1 rest)
  # The fence that ends a snippet must not be taken for one that begins the next.
  string(SUBSTRING "${rest}" 4 -1 rest)
endwhile()
if(program STREQUAL "")
  message(FATAL_ERROR "${DOCUMENT} has no program in ${LANGUAGE}")
endif()
file(WRITE ${OUTPUT} "${program}")

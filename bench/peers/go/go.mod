module mallocgc/bench

go 1.19

// The root of every coroutine's stack on x86-64. `cg_prepare` leaves, and a switch jumps here with:
//
//     rsp ─►  entry function     rsp is 16-byte aligned
//             its argument
//             0
//             0                  the stack's top
//     rbp = 0
#if defined(__x86_64__) && defined(__linux__)
    .text
    .globl cg_start
    .hidden cg_start
    .type cg_start, @function
    .p2align 4
cg_start:
    .cfi_startproc
    .cfi_undefined %rip             // unwinders and debuggers end here
    endbr64                         // reached by an indirect jump
    movq 8(%rsp), %rdi
    callq *(%rsp)
    ud2                             // the entry function never returns
    .cfi_endproc
    .size cg_start, .-cg_start
#endif
#if defined(__linux__)
    .section .note.GNU-stack, "", %progbits
#endif

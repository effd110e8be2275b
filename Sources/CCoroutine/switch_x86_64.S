// The switch for x86-64, System V.
//
// A stack that does not run looks like this, from its saved pointer up:
//
//     sp ─►  return address    popped into rdx, jumped to
//            r15               callee-saved
//            r14               callee-saved; Swift's async context
//            r13               callee-saved; Swift's self
//            r12               callee-saved; Swift's error
//            rbx               callee-saved
//            rbp               callee-saved; frame pointer: what a backtrace follows
//            ...               the frames of whoever called cg_swap
//
// A fresh one has cg_start as its return address, the entry function in r12, its argument in r13, and rbp = 0.
#if defined(__x86_64__) && defined(__linux__)
    .text

    .globl cg_swap
    .hidden cg_swap
    .type cg_swap, @function
    .p2align 4
cg_swap:                            // rdi: where to store this stack's pointer; rsi: the other stack's pointer
    .cfi_startproc
    endbr64                         // an indirect call may come here
    popq %rdx                       // the return address lives on in a register, for the jump below
    .cfi_adjust_cfa_offset -8
    .cfi_register %rip, %rdx
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    pushq %rdx
    movq %rsp, (%rdi)
    movq %rsi, %rsp                 // from here on we are the other stack
    popq %rdx
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    jmpq *%rdx                      // not ret: its prediction would be the other stack's, always wrong
    .cfi_endproc
    .size cg_swap, .-cg_swap

    .globl cg_start
    .hidden cg_start
    .type cg_start, @function
    .p2align 4
cg_start:                           // the root of every coroutine's stack; rsp is 16-byte aligned here
    .cfi_startproc
    .cfi_undefined %rip             // unwinders and debuggers end here
    endbr64                         // reached by an indirect jump
    movq %r13, %rdi
    callq *%r12
    ud2                             // the entry function never returns
    .cfi_endproc
    .size cg_start, .-cg_start
#endif
#if defined(__linux__)
    .section .note.GNU-stack, "", %progbits
#endif

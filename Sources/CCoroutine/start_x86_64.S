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
    movq (%rsp), %rax
    // A call by hand: the entry function never returns, and a call would leave its entry in the return predictor.
    leaq 1f(%rip), %rcx
    pushq %rcx
    .cfi_adjust_cfa_offset 8
    jmpq *%rax
1:  ud2
    .cfi_endproc
    .size cg_start, .-cg_start

// Where a switch to a context with a parked stack jumps to, with rsi = the context and rsp = the top of the return
// stack. Brings the stack back, and ends the switch as it would have ended (see cg_swap).
    .globl cg_return
    .hidden cg_return
    .type cg_return, @function
    .p2align 4
cg_return:
    .cfi_startproc
    .cfi_undefined %rip
    endbr64
    movq %rsi, %rbx                 // survives the call
    movq %rsi, %rdi
    callq cg_parking_return         // rsp is 16-byte aligned
    movq %rbx, %rsi
    movq 0(%rsi), %rsp
    movq 24(%rsi), %rbx
    jmpq *8(%rsi)
    .cfi_endproc
    .size cg_return, .-cg_return
#endif
#if defined(__linux__)
    .section .note.GNU-stack, "", %progbits
#endif

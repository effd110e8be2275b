// The root of every coroutine's stack on AArch64. `cg_prepare` leaves, and a switch jumps here with:
//
//     sp ─►   entry function     sp is 16-byte aligned
//             its argument
//             0
//             0                  the stack's top
//     x29 = 0
#if defined(__aarch64__) && defined(__linux__)
    .text
    .globl cg_start
    .hidden cg_start
    .type cg_start, %function
    .p2align 4
cg_start:
    .cfi_startproc
    .cfi_undefined x30              // unwinders and debuggers end here
    hint #36                        // bti j: reached by an indirect jump
    ldp x1, x0, [sp]
    mov x30, #0
    blr x1
    brk #1                          // the entry function never returns
    .cfi_endproc
    .size cg_start, .-cg_start

// Where a switch to a context with a parked stack jumps to, with x1 = the context and sp = the top of the return stack.
// Brings the stack back, and ends the switch as it would have ended (see cg_swap).
    .globl cg_return
    .hidden cg_return
    .type cg_return, %function
    .p2align 4
cg_return:
    .cfi_startproc
    .cfi_undefined x30
    hint #36                        // bti j
    mov x19, x1                     // survives the call
    mov x0, x1
    bl cg_parking_return
    mov x1, x19
    ldp x10, x16, [x1]
    ldp x29, x19, [x1, #16]
    mov sp, x10
    br x16
    .cfi_endproc
    .size cg_return, .-cg_return
#endif
#if defined(__linux__)
    .section .note.GNU-stack, "", %progbits
#endif

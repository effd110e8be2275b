import Glibc

/// Holds up a thread until it is opened.
final class Gate: @unchecked Sendable {
    // Unchecked: a semaphore is made to be used by several threads.
    private let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

    init() { sem_init(semaphore, 0, 0) }

    deinit { semaphore.deallocate() }

    /// Lets one thread pass.
    func open() { sem_post(semaphore) }

    func wait() { while sem_wait(semaphore) != 0 {} }
}

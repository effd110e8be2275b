import CLibEV
import Glibc

/// libdispatch's main queue, and with it the main actor, served by a loop of the process's main thread.
///
/// Nobody else does it while the main thread waits in the loop. The queue tells by a descriptor that it holds something;
/// CoreFoundation's run loop serves it in the same way, and both may, in turn. Its jobs run as callbacks of the loop.
package final class MainQueue {
    /// How often it was served.
    package private(set) var servings: UInt64 = 0
    private let watch: IOWatch

    /// nil on any other thread, and in a program without libdispatch.
    package init?(_ loop: EventLoop) {
        guard cev_is_main_thread() != 0, case let descriptor = cev_main_queue(), descriptor >= 0 else { return nil }
        watch = IOWatch(loop, descriptor: descriptor, writable: false)
        // Unowned: `deinit` closes the watch, which drops the closure.
        watch.onReady = { [unowned self] in serve(descriptor) }
        watch.arm()
    }

    deinit { close() }

    /// It is served no longer. In a forked child at once: the descriptor is the parent's too, and libdispatch has given the
    /// queue up.
    package func close() { watch.close() }

    private func serve(_ descriptor: Int32) {
        var count: UInt64 = 0
        // Safe: eight bytes are what an eventfd delivers. It does not block; EAGAIN: served elsewhere meanwhile.
        _ = read(descriptor, &count, 8)
        servings &+= 1
        cev_main_queue_run()
    }
}

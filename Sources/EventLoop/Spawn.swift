import CLibEV
import Glibc

/// `posix_spawn(3)` and what it is told, without its C types.
package struct Spawn {
    /// The descriptors that become 0, 1 and 2, all above 2; nil for those that stay.
    package var standard: [Int32?] = [nil, nil, nil]
    /// Standard error goes where standard output goes.
    package var mergesError = false
    /// Other descriptors that stay open.
    package var kept: [Int32] = []
    /// Where it runs; nil for here.
    package var directory: String?
    /// `NAME=value`; nil for this process's own.
    package var environment: [String]?
    /// 0 for a group of its own; nil for this process's.
    package var group: Int32?
    /// Whether it leads a session of its own.
    package var startsSession = false

    package init() {}

    /// Starts the program; its process identifier, or the error number.
    ///
    /// Its signals are as at login: none blocked, none ignored. Descriptors above 2 are closed, but those kept.
    package func start(_ program: String, _ arguments: [String], searching: Bool) -> (process: Int32, error: Int32) {
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        if let error = add(to: &actions) { return (-1, error) }
        set(&attributes)
        var process: pid_t = -1
        let error = withCStrings(arguments) { arguments in
            guard let environment else {
                return searching
                    ? posix_spawnp(&process, program, &actions, &attributes, arguments, cev_environment())
                    : posix_spawn(&process, program, &actions, &attributes, arguments, cev_environment())
            }
            return withCStrings(environment) { environment in
                posix_spawn(&process, program, &actions, &attributes, arguments, environment)
            }
        }
        return (process, error)
    }

    private func add(to actions: inout posix_spawn_file_actions_t) -> Int32? {
        var errors: [Int32] = []
        for (number, descriptor) in standard.enumerated() {
            if let descriptor { errors.append(posix_spawn_file_actions_adddup2(&actions, descriptor, Int32(number))) }
        }
        if mergesError { errors.append(posix_spawn_file_actions_adddup2(&actions, 1, 2)) }
        var next: Int32 = 3
        for descriptor in Set(kept).sorted() {
            // Those that are not open are passed over.
            while next < descriptor {
                errors.append(posix_spawn_file_actions_addclose(&actions, next))
                next += 1
            }
            // Onto itself: takes the close-on-exec mark away.
            errors.append(posix_spawn_file_actions_adddup2(&actions, descriptor, descriptor))
            next = descriptor + 1
        }
        errors.append(cev_spawn_addclosefrom(&actions, next))
        if let directory { errors.append(cev_spawn_addchdir(&actions, directory)) }
        return errors.first { $0 != 0 }
    }

    private func set(_ attributes: inout posix_spawnattr_t) {
        var flags = Int32(POSIX_SPAWN_SETSIGMASK) | Int32(POSIX_SPAWN_SETSIGDEF)
        var none = sigset_t()
        var all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        if let group {
            flags |= Int32(POSIX_SPAWN_SETPGROUP)
            posix_spawnattr_setpgroup(&attributes, group)
        }
        // POSIX_SPAWN_SETSID, declared under _GNU_SOURCE only.
        if startsSession { flags |= 0x80 }
        posix_spawnattr_setflags(&attributes, Int16(flags))
    }

    /// Runs `body` with the strings as C wants them: an array that ends with nil.
    private func withCStrings<Result>(
        _ strings: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
    ) -> Result {
        let array = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: strings.count + 1)
        // Safe: as many as were allocated; each is freed below.
        for (i, string) in strings.enumerated() { (array + i).initialize(to: strdup(string)) }
        (array + strings.count).initialize(to: nil)
        defer {
            for i in strings.indices { free(array[i]) }
            array.deallocate()
        }
        return body(array)
    }
}

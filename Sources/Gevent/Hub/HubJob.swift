/// What is to run in a greenlet of a hub, wherever it comes from. `run` or `refuse` is called, once.
protocol HubJob: AnyObject, Sendable {
    /// In the greenlet.
    func run()
    /// It does not run there: the hub closes or is gone, or has no stack for it, or the greenlet was killed before its
    /// turn. On whatever thread notices that. Not to park.
    func refuse(_ error: any Error)
    /// It runs and will never end: its greenlet outlived its hub. On the hub's thread.
    func abandon(_ error: HubDestroyed)
    /// Where the user gave it to the hub; nil where that is not known.
    var site: Site? { get }
}

extension HubJob { var site: Site? { nil } }

extension Hub.Handle {
    /// Hands a job over to the hub, which runs it or hands it on. From any thread; never parks.
    func start(_ job: any HubJob) {
        if let core = coreHere, !core.pointee.isTearingDown {
            JobGreenlet(job).startDetached()
        } else if !mailbox.post({ JobGreenlet(job).startDetached() }) {
            job.refuse(mailbox.refusal)
        }
    }
}

/// The greenlet that a job runs in.
private final class JobGreenlet: AnyGreenlet {
    private let job: any HubJob

    init(_ job: any HubJob) {
        self.job = job
        super.init()
        // Whoever happens to run when a task becomes ready has not spawned what the task does, nor lends it anything.
        detach()
        if let site = job.site { setSite(site.file, site.line) }
    }

    override func execute() throws { job.run() }

    override func neverRan() { job.refuse(failure ?? GreenletExit()) }

    override func wasAbandoned(_ error: HubDestroyed) { job.abandon(error) }
}

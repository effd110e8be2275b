internal import HeapModule

/// A queue that knows how many of its items are not done yet, and can be shut down. gevent's `Queue`
/// (`JoinableQueue`).
open class Queue<Element>: SimpleQueue<Element> {
    // Unchecked: a number that is read or written in one step, on one thread.
    /// Items put in, those it was made with included, for which `taskDone()` was not called yet.
    @exclusivity(unchecked) public final private(set) var unfinishedTasks = 0
    private final let finished = Event()

    /// A queue of `maxSize` items at most (nil, the default: unbounded; less than one stops the program) that holds
    /// `items`.
    public override init(maxSize: Int? = nil, _ items: [Element] = []) {
        super.init(maxSize: maxSize, items)
        unfinishedTasks = items.count
        if items.isEmpty { finished.set() }
    }

    override func didPut() {
        unfinishedTasks += 1
        if unfinishedTasks == 1 { finished.clear() }
    }

    /// One item that was taken is done with. Calling it more often than items were put in stops the program. Never parks.
    public final func taskDone() {
        core.checkThread()
        require(unfinishedTasks > 0, "taskDone() called too many times")
        unfinishedTasks -= 1
        if unfinishedTasks == 0 { finished.set() }
    }

    /// Waits until every item is done with, or `timeout` is over. Parks the calling greenlet.
    ///
    /// - Returns: whether all are done.
    @available(*, noasync) @discardableResult
    public final func join(timeout: Duration? = nil) throws -> Bool { try finished.wait(timeout: timeout) }

    /// No more puts: they throw `QueueShutDown`. Gets take what is left, then throw it too; `next` gives nil. With
    /// `immediately` what is left is dropped and counts as done. Never parks.
    public final func shutDown(immediately: Bool = false) {
        core.checkThread()
        if immediately {
            unfinishedTasks = max(0, unfinishedTasks - count)
            if unfinishedTasks == 0 { finished.set() }
        }
        close(dropping: immediately)
    }
}

/// A queue that gives the newest item first. gevent's `LifoQueue`.
public final class LIFOQueue<Element>: Queue<Element> {
    private var stack: [Element] = []

    override func store(_ item: Element) { stack.append(item) }
    override func take() -> Element { stack.removeLast() }
    override var first: Element { stack[stack.count - 1] }
    override func removeAll() { stack.removeAll() }
}

/// A queue that gives the least item first. gevent's `PriorityQueue`.
public final class PriorityQueue<Element: Comparable>: Queue<Element> {
    private var heap = Heap<Element>()

    override func store(_ item: Element) { heap.insert(item) }
    override func take() -> Element { heap.removeMin() }
    override var first: Element {
        guard let least = heap.min else { fatalError("nothing is in the queue") }
        return least
    }
    override func removeAll() { heap = Heap() }
}

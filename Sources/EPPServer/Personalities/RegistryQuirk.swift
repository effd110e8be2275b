public import EPP

/// One way in which a registry's documents differ from the RFCs': in their shape, not in what they say.
///
/// The embedded registry's documents are the material: a quirk changes what it was about to send, so its names have the
/// prefixes that the registry writes, such as `domain:infData`.
public enum RegistryQuirk: Sendable, Hashable {
    /// Where a reply has something more.
    public enum Part: Sendable, Hashable {
        /// In `extension`.
        case `extension`
        /// In `resData`, behind what stands there.
        case data
    }

    /// Which replies have something more.
    public enum Place: Sendable, Hashable {
        /// Those with a code from 2000 on.
        case refusals
        /// Those with a message of the queue and data.
        case messages
        /// Those whose data have an element.
        case data(String)
    }

    /// Sends an element, as XML, that the client need not know.
    case adds(String, as: Part, to: Place)
    /// Leaves an element out of another although the schema demands it.
    case leavesOut(String, of: String)
    /// Leaves the attribute `avail` out in the last answer of a check.
    case leavesOutAvailability
    /// Tells of an empty queue, without an identifier, in every reply.
    case tellsOfEmptyQueue
    /// Quotes values in an element with a prefix that is not declared.
    case quotesWithUndeclaredPrefix
    /// Begins each document with white space.
    case beginsWithSpace
    /// Has a form feed, which XML does not allow, in its messages for people.
    case sendsControlCharacters
    /// Sends in another encoding: `ISO-8859-1`, `windows-1252`, `US-ASCII` or `UTF-16`. What an encoding has no byte for is
    /// sent as `?`.
    case encodes(String)
    /// Writes the offset of a date without its colon: `+0000`.
    case writesOffsetsWithoutColon
    /// Spells a kind of objects otherwise in its greeting.
    case offers(XMLNamespace, as: String)
    /// Carries out commands of another protocol, as a registry with commands of its own, and answers with their clTRID.
    case takesProtocolExtensions
}

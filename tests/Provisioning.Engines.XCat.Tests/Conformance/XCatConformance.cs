using Provisioning.Api.Nodes;
using Provisioning.Engines.Conformance;

namespace Provisioning.Engines.XCat.Tests.Conformance;

public sealed class XCat_verbs() : VerbSuite(new XCatWorld());

public sealed class XCat_answers() : AnswerSuite(new XCatWorld());

public sealed class XCat_fences() : FenceSuite(new XCatWorld());

public sealed class XCat_images() : ImageSuite(new XCatWorld());

public sealed class XCat_neighbours() : NeighbourSuite(new XCatWorld());

public sealed class XCat_secrets() : SecretSuite(new XCatWorld());

public sealed class XCat_lives() : LifeSuite(new XCatWorld());

public sealed class XCat_verbs_without_system() : VerbSuite(new XCatWorld(system: OperatingSystemType.None));

public sealed class XCat_verbs_of_partitions() : VerbSuite(new XCatWorld("partitions"));

public sealed class XCat_images_of_partitions() : ImageSuite(new XCatWorld("partitions"));

public sealed class XCat_verbs_of_diskless_machines() : VerbSuite(new XCatWorld("netboot"));

public sealed class XCat_crashes() : CrashSuite(new XCatWorld());

public sealed class XCat_in_the_table() : TableSuite(new XCatWorld());

using Provisioning.Api.Nodes;
using Provisioning.Engines.Conformance;

namespace Provisioning.Engines.Simulated.Tests;

public sealed class Instant_linux_lives() : LifeSuite(new Bench());

public sealed class Instant_linux_verbs() : VerbSuite(new Bench());

public sealed class Instant_linux_answers() : AnswerSuite(new Bench());

public sealed class Instant_linux_crashes() : CrashSuite(new Bench());

public sealed class Instant_linux_fences() : FenceSuite(new Bench());

public sealed class Instant_linux_images() : ImageSuite(new Bench());

public sealed class Instant_linux_neighbours() : NeighbourSuite(new Bench());

public sealed class Instant_linux_secrets() : SecretSuite(new Bench());

public sealed class Timed_linux_lives() : LifeSuite(new Bench(Bench.Timed()));

public sealed class Timed_linux_verbs() : VerbSuite(new Bench(Bench.Timed()));

public sealed class Timed_linux_answers() : AnswerSuite(new Bench(Bench.Timed()));

public sealed class Timed_linux_crashes() : CrashSuite(new Bench(Bench.Timed()));

public sealed class Timed_linux_fences() : FenceSuite(new Bench(Bench.Timed()));

public sealed class Timed_linux_images() : ImageSuite(new Bench(Bench.Timed()));

public sealed class Timed_linux_neighbours() : NeighbourSuite(new Bench(Bench.Timed()));

public sealed class Timed_linux_secrets() : SecretSuite(new Bench(Bench.Timed()));

public sealed class Timed_without_system_lives() : LifeSuite(new Bench(Bench.Timed()) { System = OperatingSystemType.None });

public sealed class Timed_without_system_verbs() : VerbSuite(new Bench(Bench.Timed()) { System = OperatingSystemType.None });

public sealed class Timed_without_system_answers() : AnswerSuite(new Bench(Bench.Timed()) { System = OperatingSystemType.None });

public sealed class Timed_without_system_crashes() : CrashSuite(new Bench(Bench.Timed()) { System = OperatingSystemType.None });

public sealed class Timed_without_system_fences() : FenceSuite(new Bench(Bench.Timed()) { System = OperatingSystemType.None });

public sealed class Timed_without_system_images() : ImageSuite(new Bench(Bench.Timed()) { System = OperatingSystemType.None });

public sealed class Timed_without_system_neighbours() : NeighbourSuite(new Bench(Bench.Timed()) { System = OperatingSystemType.None });

public sealed class Timed_without_system_secrets() : SecretSuite(new Bench(Bench.Timed()) { System = OperatingSystemType.None });

public sealed class Simulated_in_the_table() : TableSuite(new Bench());

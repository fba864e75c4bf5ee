using Provisioning.Api.Nodes;
using Provisioning.Engines.Conformance;

namespace Provisioning.Engines.Libvirt.Tests.Conformance;

public sealed class Scripted_verbs() : VerbSuite(new ScriptedWorld());

public sealed class Scripted_answers() : AnswerSuite(new ScriptedWorld());

public sealed class Scripted_crashes() : CrashSuite(new ScriptedWorld());

public sealed class Scripted_fences() : FenceSuite(new ScriptedWorld());

public sealed class Scripted_images() : ImageSuite(new ScriptedWorld());

public sealed class Scripted_neighbours() : NeighbourSuite(new ScriptedWorld());

public sealed class Scripted_secrets() : SecretSuite(new ScriptedWorld());

public sealed class Scripted_verbs_without_system() : VerbSuite(new ScriptedWorld(OperatingSystemType.None));

public sealed class Scripted_lives() : LifeSuite(new ScriptedWorld());

public sealed class Libvirt_in_the_table() : TableSuite(new ScriptedWorld());

using System.CommandLine;
using Provisioning.Api;
using Provisioning.Api.Captures;
using Provisioning.Api.Nodes;
using Provisioning.Cli.Connecting;
using Provisioning.Kubernetes.Rest;

namespace Provisioning.Cli.Commands;

/// <summary>capture: have an Image made of what is on a machine.</summary>
internal static class CaptureCommand
{
    public static Command Create(CommandHost host)
    {
        var (node, wait, timeout) = (Arguments.Node(host), Arguments.Wait(), Arguments.Timeout());
        var image = new Option<string>("--image") { Description = "Name of the Image to make. It must not exist yet.", HelpName = "NAME", Required = true };
        var name = new Option<string?>("--name") { Description = "Name of the ImageCapture. Without it that of the Image.", HelpName = "NAME" };
        var revision = new Option<string>("--revision") { Description = "Revision of the Image.", HelpName = "REVISION", DefaultValueFactory = _ => "1" };
        var description = new Option<string?>("--description") { Description = "What the Image is, for people.", HelpName = "TEXT" };
        var preparation = new Option<string>("--preparation") { Description = "What happens inside the machine first: OperatingSystem or None.", HelpName = "KIND", DefaultValueFactory = _ => nameof(CapturePreparation.OperatingSystem) };
        preparation.AcceptOnlyFromAmong(Enum.GetNames<CapturePreparation>());
        var endState = new Option<string>("--end-state") { Description = "How the machine is left: AsDeclared or PoweredOff.", HelpName = "STATE", DefaultValueFactory = _ => nameof(CaptureEndState.AsDeclared) };
        endState.AcceptOnlyFromAmong(Enum.GetNames<CaptureEndState>());
        var command = new Command("capture", "Have an Image made of what is on a machine. The machine is shut down for that.") { node, image, name, revision, description, preparation, endState, wait, timeout };
        host.SetAction(command, async (session, parsed, cancellationToken) =>
        {
            var source = await session.NodeAsync(parsed.GetRequiredValue(node), cancellationToken);
            var capture = new ImageCapture
            {
                ApiVersion = $"{ApiGroup.Name}/{ApiGroup.Version}",
                Metadata = new() { Name = parsed.GetValue(name) ?? parsed.GetRequiredValue(image), Namespace = session.Namespace },
                Spec = new()
                {
                    NodeRef = new() { Name = source.Metadata.Name },
                    ImageName = parsed.GetRequiredValue(image),
                    Revision = parsed.GetRequiredValue(revision),
                    Description = parsed.GetValue(description),
                    Preparation = Enum.Parse<CapturePreparation>(parsed.GetRequiredValue(preparation)),
                    EndState = Enum.Parse<CaptureEndState>(parsed.GetRequiredValue(endState)),
                },
            };
            await CreateAsync(session, capture, cancellationToken);
            await session.Terminal.Output.WriteLineAsync($"{source.Metadata.Name}: is captured into {capture.Spec.ImageName} revision {capture.Spec.Revision} (ImageCapture {capture.Metadata.Name}){After(source)}{Notes.OnPolicy(source)}");
            return parsed.GetValue(wait)
                ? await Following.UntilAsync(session, Kinds.ImageCaptures, [capture.Metadata.Name], (_, seen) => Way.ToImage(seen), parsed.GetValue(timeout), cancellationToken)
                : ExitCodes.Done;
        });
        return command;
    }

    private static async Task CreateAsync(Session session, ImageCapture capture, CancellationToken cancellationToken)
    {
        if (await session.FindAsync(Kinds.Images, capture.Spec.ImageName, cancellationToken) is not null)
            throw new CommandError($"An Image {capture.Spec.ImageName} exists already in the namespace {session.Namespace}. Give --image another name, or delete that Image first.");
        try
        {
            await session.Connection.Client(Kinds.ImageCaptures).CreateAsync(capture, cancellationToken);
        }
        catch (KubernetesApiException refusal) when (refusal.IsAlreadyExists)
        {
            throw new CommandError($"An ImageCapture {capture.Metadata.Name} exists already, and runs only once. Give another one with --name, or delete it first; its Image stays: kubectl delete pcap {capture.Metadata.Name} -n {session.Namespace}");
        }
    }

    private static string After(Node node) => node.Spec.ChangePolicy == ChangePolicy.Approve
        ? $". changePolicy is Approve, so the capture waits: kubectl provision approve {node.Metadata.Name} -n {node.Metadata.Namespace}"
        : "";
}

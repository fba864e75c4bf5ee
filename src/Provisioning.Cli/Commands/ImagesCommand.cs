using System.CommandLine;
using Provisioning.Api;
using Provisioning.Cli.Connecting;
using Provisioning.Cli.Output;
using Provisioning.Cli.Views;

namespace Provisioning.Cli.Commands;

/// <summary>images: the table of Images.</summary>
internal static class ImagesCommand
{
    public static Command Create(CommandHost host)
    {
        var (all, selector) = (Arguments.AllNamespaces(), Arguments.Selector());
        var output = OutputFormat.Option(OutputFormat.Wide, OutputFormat.Json, OutputFormat.Yaml, OutputFormat.Name);
        var command = new Command("images", "Show Images: whether their files are whole, where they are, which Nodes want and run them.") { all, selector, output };
        command.Aliases.Add("image");
        host.SetAction(command, async (session, parsed, cancellationToken) =>
        {
            var (everywhere, format) = (parsed.GetValue(all), parsed.GetValue(output));
            var images = await session.ListAsync(Kinds.Images, everywhere, parsed.GetValue(selector), cancellationToken);
            switch (format)
            {
                case OutputFormat.Json or OutputFormat.Yaml:
                    Documents.Write(session.Terminal.Output, Documents.List(images, ApiJsonContext.Default.Image), format);
                    break;
                case OutputFormat.Name:
                    foreach (var image in images)
                        await session.Terminal.Output.WriteLineAsync($"images.provisioning.dev/{image.Metadata.Name}");
                    break;
                default:
                    var nodes = await session.ListAsync(Kinds.Nodes, everywhere, selector: null, cancellationToken);
                    if (images.Count == 0)
                        await session.Terminal.Error.WriteLineAsync(everywhere ? "No Images found." : $"No Images found in the namespace {session.Namespace}.");
                    else
                        session.Terminal.WriteTable(session.Color, ImageTable.Render(images, nodes, session.Time.GetUtcNow(), everywhere, format == OutputFormat.Wide));
                    break;
            }

            return ExitCodes.Done;
        });
        return command;
    }
}

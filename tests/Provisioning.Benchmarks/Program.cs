using Provisioning.Benchmarks;
using Provisioning.Benchmarks.Results;

const string usage = """
    Usage: Provisioning.Benchmarks COMMAND --name=value...

      nodes          1,000 simulated Nodes that exist before the operator starts, then a time at rest
                     --kubeconfig=ADMIN --operator-kubeconfig=FILE --operator=PROGRAM --server=FOLDER --figures=FILE
                     [--nodes=1000] [--rest-seconds=120] [--deadline-seconds=1800]
      status-writes  server-side apply against merge patch, same status bodies
                     --kubeconfig=ADMIN --operator-kubeconfig=FILE --operator=PROGRAM --server=FOLDER --figures=FILE [--writes=1000] [--rounds=3]
      libvirt        a virtual machine by the operator against the same commands by hand
                     --kubeconfig=ADMIN --operator-kubeconfig=FILE --operator=PROGRAM --host=FOLDER --figures=FILE [--rounds=3]
      table          prints figures side by side
                     --columns=NAME=FILE,NAME=FILE...

    FOLDER is one that hack/lib/apiserver.sh or hack/lib/vmhost.sh has made. hack/bench.sh does all of it.
    """;

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    stop.Cancel();
};

try
{
    var options = Options.Parse(args.Skip(1));
    switch (args.FirstOrDefault())
    {
        case "nodes":
            await NodesBenchmark.RunAsync(options, TimeProvider.System, stop.Token);
            return 0;
        case "status-writes":
            await StatusWritesBenchmark.RunAsync(options, TimeProvider.System, stop.Token);
            return 0;
        case "libvirt":
            await LibvirtBenchmark.RunAsync(options, TimeProvider.System, stop.Token);
            return 0;
        case "table":
            Console.Write(FigureTable.Render(FigureTable.Read(options.Text("columns"))));
            return 0;
        default:
            await Console.Error.WriteLineAsync(usage);
            return 2;
    }
}
catch (Exception problem) when (problem is BenchmarkException or ArgumentException)
{
    await Console.Error.WriteLineAsync(problem.Message);
    return 1;
}

using System.Net.Sockets;

namespace Provisioning.Engines.Lab.Machines;

/// <summary>Knocks at the SSH port of machines. It needs no rights, unlike ICMP, and a refusal tells more than an unanswered ping.</summary>
internal sealed class LifeSigns(TimeProvider clock)
{
    /// <summary>Long enough for two repetitions of a lost packet (after 1 s and 3 s).</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);

    public async Task<LifeSign> LookAsync(string address, int port, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(Patience, clock);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(address, port, linked.Token);
            return LifeSign.Answers;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return LifeSign.Silent;
        }
        catch (SocketException error)
        {
            return error.SocketErrorCode switch
            {
                SocketError.ConnectionRefused or SocketError.ConnectionReset => LifeSign.Refuses,
                SocketError.TimedOut or SocketError.HostUnreachable or SocketError.HostDown => LifeSign.Silent,
                _ => LifeSign.CannotAsk,
            };
        }
    }
}

using System.Net;
using System.Text;
using Provisioning.Api;
using Provisioning.Api.Machines;
using Provisioning.Core.Decisions;
using Provisioning.Kubernetes.Rest;
using Provisioning.Kubernetes.Rest.BuiltIn;

namespace Provisioning.Operator.Engines;

/// <summary>
/// Reads logins from Secrets, by name only: the operator has no right to list them. A Secret is read again after <see cref="Freshness"/>, so that a
/// rotated login takes effect without a watch on every Secret of the cluster.
/// </summary>
internal sealed class SecretReader(IResourceClient<Secret> client, TimeProvider time)
{
    /// <summary>How old a read Secret may be.</summary>
    public static readonly TimeSpan Freshness = FreshReads<Secret>.Freshness;

    private readonly FreshReads<Secret> _secrets = new(client, time);

    /// <summary>Reads the login in a Secret.</summary>
    /// <returns>The login, or what is wrong with the Secret.</returns>
    public async Task<(Credentials? Credentials, Obstacle? Obstacle)> ReadAsync(string @namespace, string name, CancellationToken cancellationToken)
    {
        Secret? secret;
        try
        {
            secret = await _secrets.ReadAsync(new(@namespace, name)).WaitAsync(cancellationToken);
        }
        catch (KubernetesApiException refusal) when (refusal.StatusCode == HttpStatusCode.Forbidden)
        {
            return (null, new(Reasons.SecretInvalid, $"The operator is not allowed to read the Secret {name}. Grant its service account the verb get on secrets in namespace {@namespace}.", NeedsPerson: true));
        }

        if (secret is null)
            return (null, new(Reasons.SecretInvalid, $"The Secret {name} does not exist. Create it: kubectl -n {@namespace} create secret generic {name} --from-file=ssh-privatekey=KEYFILE", NeedsPerson: true));

        var credentials = new Credentials(name, secret.Metadata.ResourceVersion ?? "", Text(secret, "ssh-privatekey"), Text(secret, "ssh-passphrase"), Text(secret, "password"));
        return credentials.PrivateKey is null && credentials.Password is null
            ? (null, new(Reasons.SecretInvalid, $"The Secret {name} has neither the key ssh-privatekey nor the key password. Add one of them.", NeedsPerson: true))
            : (credentials, null);
    }

    private static SecretText? Text(Secret secret, string key) =>
        secret.Data is { } data && data.TryGetValue(key, out var bytes) && bytes.Length > 0 ? new(Encoding.UTF8.GetString(bytes)) : null;
}

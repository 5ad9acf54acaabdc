namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>Rules of what client and server say to each other about JetStream, each with a scripted server of its own.</summary>
public abstract class ScriptedConformanceTest
{
    private protected ScriptedJetStream Server { get; private set; } = null!;

    [SetUp]
    public void Start() => Server = new ScriptedJetStream();

    [TearDown]
    public async Task Stop() => await Server.DisposeAsync();
}

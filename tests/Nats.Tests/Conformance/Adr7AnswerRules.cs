using System.Buffers;
using System.Text;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Internal;
using NATS.Client.JetStream.Models;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>ADR-7: how an error is read.</summary>
public sealed class Adr7AnswerRules
{
    [TestCase("""{"error":{"code":404,"err_code":10059,"description":"stream not found"}}""", 404, 10059, "stream not found")]
    [TestCase("""{"type":"t","error":{"code":503}}""", 503, 0, null)]
    [TestCase("""{"error":{"code":500,"err_code":19999,"description":"of tomorrow","more":[{}]},"config":{"name":5}}""", 500, 19999, "of tomorrow")]
    [Rule("ADR-7", "Design")]
    public void Number_and_description_may_be_missing_unknown_ones_are_handed_on_and_what_stands_beside_an_error_is_not_read(string answer, int code, int number, string? description)
    {
        var result = new ApiResponseDeserializer<StreamInfo>(JSJsonContext.Default.StreamInfo).Deserialize(new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(answer)));
        (result.Error?.Code, result.Error?.ErrCode, result.Error?.Description).ShouldBe((code, number, description));
        result.Value.ShouldBeNull();
        Should.Throw<NatsJSApiException>(() => NatsJSContext.Unwrap(result)).Error.ErrCode.ShouldBe(number);
    }
}

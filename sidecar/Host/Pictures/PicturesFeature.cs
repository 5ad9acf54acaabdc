using HaNatsBridge.Host.Health;
using HaNatsBridge.Host.Pictures.Internal;
using HaNatsBridge.Host.Storage;

namespace HaNatsBridge.Host.Pictures;

/// <summary>
/// Pictures: which pictures devices have published (<see cref="IPictures"/>), and their bytes at
/// <c>GET /api/pictures/{type}/{id}/{key}</c> (contract/protocol.md, "Pictures").
/// <para>
/// <c>PictureFollower</c> reads the headers of HOME_IMAGES into <c>PictureStore</c>, which refuses what is no picture or beyond a
/// budget; <c>PictureSweeper</c> deletes that. <c>PictureEndpoint</c> reads the bytes from the stream, or asks the device for
/// them where its description says <c>on_demand</c>.
/// </para>
/// </summary>
public static class PicturesFeature
{
    /// <summary>Registers <see cref="IPictures"/>.</summary>
    public static IServiceCollection AddPictures(this IServiceCollection services) => services
        .AddStream(home => new StreamDeclaration(
            home.Names.ImagesStream, "The last picture of every camera", 256 * StorageDeclarations.Mebibyte)
        {
            Subjects = [home.Subjects.AllImages],
            LastPerSubject = true,
            DuplicateWindow = StorageDeclarations.ShortestDuplicateWindow,
            IsWrittenByDevices = true,

            // Where it is full nobody's last picture gives way; what is beyond a budget is deleted, which makes room.
            RefusesWhenFull = true,
        })
        .AddSingleton(provider => new PictureStore(provider.GetRequiredService<IHomeStorage>().Subjects))
        .AddSingleton<IPictures>(provider => provider.GetRequiredService<PictureStore>())
        .AddSingleton<PictureRequests>()
        .AddSingleton<PictureEndpoint>()
        .AddSingleton<IHealthContributor, PicturesHealth>()
        .AddHostedService<PictureFollower>()
        .AddHostedService<PictureSweeper>();

    /// <summary>Maps the endpoint. The token is checked before, by Admin's gate.</summary>
    public static void MapPictures(this IEndpointRouteBuilder routes)
    {
        var endpoint = routes.ServiceProvider.GetRequiredService<PictureEndpoint>();
        routes.MapGet("/api/pictures/{type}/{id}/{key}", (RequestDelegate)endpoint.GetAsync);
    }
}
